/** Where the counts are kept, and who hears of its troubles. */
export interface LimitsOptions {
  /** `redis://user:password@host:port/db`, or `rediss:` for TLS. */
  url: string;
  /** Sets apart everything in Redis that belongs to one cluster; may be empty. */
  namespace: string;
  /** Faults that nobody waits for: a connection that is lost (once), a count that could not be taken. */
  onError: (error: Error) => void;
}

/** Whether a request may go on, and if not, when to come again. */
export type RequestVerdict = { allowed: true } | { allowed: false; retryAfterMs: number };

/** A call that has, or had, a place. */
export interface HeldCall {
  accountSid: string;
  callSid: string;
}

/** An account that has to have room for a call, and how many places it has. */
export interface Places {
  accountSid: string;
  max: number;
}

/** Whether a call has its places, and if not, whose are all taken: the first such one in the order given. */
export type CallVerdict = { allowed: true } | { allowed: false; full: Places };

/** What accounts may do at most, counted for all processes together. */
export interface Limits {
  /**
   * Counts a request in the account's second: the first request begins it, and as many as `perSecond` (a whole number,
   * at least 1) fit. While Redis is away each process counts by itself. Never throws.
   */
  takeRequest(accountSid: string, perSecond: number): Promise<RequestVerdict>;
  /**
   * Takes a place for a call in each of these, or in none, for a minute; a call that has one keeps it. Allowed also while
   * Redis is away: a limit must not end the service. Never throws.
   */
  takeCall(callSid: string, places: readonly Places[]): Promise<CallVerdict>;
  /** Keeps the places that a call has with these accounts, since it is accepted now, until given back. Never throws. */
  keepCall(callSid: string, accountSids: readonly string[]): Promise<void>;
  /**
   * Gives places back; a call that has none does no harm.
   * @throws LimitsUnavailableError when Redis is away: the places are still taken
   */
  releaseCalls(calls: readonly HeldCall[]): Promise<void>;
  close(): Promise<void>;
}
