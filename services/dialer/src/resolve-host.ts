import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '@trunkline/sip';
import { HostLookupError } from './errors.js';

/** Turns a trunk's host into an address, since a datagram sent to a name waits for DNS inside the socket. */
export interface HostResolver {
  /** @throws HostLookupError when there is none, or none in time */
  resolve(host: string): Promise<string>;
}

export interface HostResolverOptions {
  clock: Clock;
  /** The family of the address that we send from. */
  family: 4 | 6;
  /** How long an address is believed, ms. */
  ttlMs?: number;
  deadlineMs?: number;
  find?: (host: string, family: 4 | 6) => Promise<string>;
}

interface Known {
  address: string;
  untilMs: number;
}

/**
 * Creates a resolver with a small memory. It asks once for many who want the same name, and when DNS fails it goes on
 * with the address that was good before.
 */
export function createHostResolver(options: HostResolverOptions): HostResolver {
  const { clock, family, ttlMs = 30_000, deadlineMs = 3_000, find = findAddress } = options;
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<string>>();

  async function ask(host: string): Promise<string> {
    try {
      const address = await within(clock, deadlineMs, find(host, family));
      known.set(host, { address, untilMs: clock.nowMs() + ttlMs });
      return address;
    } catch (cause) {
      const before = known.get(host);
      if (before) return before.address;
      throw new HostLookupError(host, { cause });
    } finally {
      asking.delete(host);
    }
  }

  return {
    async resolve(host) {
      if (isIP(host)) return host;
      const before = known.get(host);
      if (before && before.untilMs > clock.nowMs()) return before.address;
      const asked = asking.get(host) ?? ask(host);
      asking.set(host, asked);
      return asked;
    },
  };
}

async function findAddress(host: string, family: 4 | 6): Promise<string> {
  return (await lookup(host, { family })).address;
}

function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new Error(`no reply within ${ms} ms`)));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
