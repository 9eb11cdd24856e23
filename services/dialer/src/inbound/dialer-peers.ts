import type { Lease } from '@trunkline/contracts';
import type { Clock, SipAddress, Timer } from '@trunkline/sip';
import type { CallLog } from '../call/call-log.js';

/** The other dialers of the cluster, as their leases tell of them. */
export interface DialerPeers {
  /** Whether one of them, or this one, sends from there. */
  isPeer(from: SipAddress): boolean;
  isPeerHost(host: string): boolean;
  isAlive(dialerId: string): boolean;
  /** Looks again when one of these is not known to be alive: it may have started since. Never throws. */
  seek(dialerIds: readonly string[]): Promise<void>;
  start(): void;
  stop(): void;
}

export interface DialerPeersOptions {
  leases: { list(): Promise<Lease[]> };
  clock: Clock;
  log: CallLog;
}

/** A new dialer is known well before the requests that it repeats are given up (RFC 3261 §17.1.1.2). */
const POLL_MS = 3_000;

/** Those that are gone for good are not looked for with every call. */
const SEEK_AGAIN_MS = 500;

/** While the bus is away those that were known last are the peers. */
export function createDialerPeers({ leases, clock, log }: DialerPeersOptions): DialerPeers {
  let addresses = new Set<string>();
  let hosts = new Set<string>();
  let living = new Set<string>();
  let timer: Timer | null = null;
  let isStopped = false;
  let looking: Promise<void> | null = null;
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  function look(): Promise<void> {
    looking ??= read().finally(() => {
      looking = null;
      lookedAtMs = clock.nowMs();
    });
    return looking;
  }

  async function read(): Promise<void> {
    try {
      const all = await leases.list();
      addresses = new Set(all.map(({ sipAddress }) => sipAddress.replaceAll(/[[\]]/g, '')));
      hosts = new Set([...addresses].map((address) => address.slice(0, address.lastIndexOf(':'))));
      living = new Set(all.map(({ dialerId }) => dialerId));
    } catch (err) {
      log.debug({ err }, 'the other dialers could not be listed');
    }
  }

  async function turn(): Promise<void> {
    await look();
    if (!isStopped) timer = clock.after(POLL_MS, () => void turn());
  }

  return {
    isPeer: ({ host, port }) => addresses.has(`${host}:${port}`),
    isPeerHost: (host) => hosts.has(host),
    isAlive: (dialerId) => living.has(dialerId),
    async seek(dialerIds) {
      const isKnown = dialerIds.every((one) => living.has(one));
      if (!isKnown && (looking !== null || clock.nowMs() - lookedAtMs >= SEEK_AGAIN_MS)) await look();
    },
    start: () => void turn(),
    stop() {
      isStopped = true;
      timer?.cancel();
    },
  };
}
