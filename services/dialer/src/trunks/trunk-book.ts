import type { Trunk } from '@trunkline/contracts';

/** What is known of trunks; the directory is one. Every question is answered from memory. */
export interface TrunkBook {
  /** Those that an account's calls take; those that are switched off too. */
  trunksFor(accountSid: string): readonly Trunk[];
  /** Every account's. */
  trunks(): readonly Trunk[];
  /** Null when it has none, or it cannot be opened. */
  passwordOf(holder: Pick<Trunk, 'sid' | 'passwordSealed'>): string | null;
  /** Told after each change. Returns what ends it. */
  onChange(listener: (kind: 'trunk' | 'number' | 'client') => void): () => void;
}
