import type { Client, Trunk } from '@trunkline/contracts';

/** Who sent a request, as the gate found it out; it goes with the request as its `peer`. */
export type CallerPeer =
  /** Trunks of that address: several accounts may have the same carrier. */
  { kind: 'trunk'; trunks: readonly Trunk[] } | { kind: 'client'; client: Client };

/** The peer that came with a request; null when it passed no gate of ours. */
export function peerOf(peer: unknown): CallerPeer | null {
  const kind = (peer as CallerPeer | undefined)?.kind;
  return kind === 'trunk' || kind === 'client' ? (peer as CallerPeer) : null;
}
