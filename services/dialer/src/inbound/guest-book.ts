import type { Clock } from '@trunkline/sip';

/** Where clients have signed in from of late. */
export interface GuestBook {
  welcome(host: string, clientSid: string): void;
  knows(host: string): boolean;
  /** Whether that client signed in from there. */
  knowsClient(host: string, clientSid: string): boolean;
}

/** Longer than most devices stay without coming again. */
const STAY_MS = 3_600_000;
/** Of more hosts, or clients, the one that came first is forgotten. */
const MAX_GUESTS = 50_000;

export function createGuestBook(clock: Clock): GuestBook {
  const hosts = new Map<string, number>();
  const clients = new Map<string, number>();

  function note(untilMs: Map<string, number>, guest: string): void {
    untilMs.delete(guest);
    const [oldest] = untilMs.keys();
    if (untilMs.size >= MAX_GUESTS && oldest !== undefined) untilMs.delete(oldest);
    untilMs.set(guest, clock.nowMs() + STAY_MS);
  }

  return {
    welcome(host, clientSid) {
      note(hosts, host);
      note(clients, `${host} ${clientSid}`);
    },
    knows: (host) => (hosts.get(host) ?? 0) > clock.nowMs(),
    knowsClient: (host, clientSid) => (clients.get(`${host} ${clientSid}`) ?? 0) > clock.nowMs(),
  };
}
