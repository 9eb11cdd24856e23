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

/** What accounts may do at most, counted for all processes together. */
export interface Limits {
  /**
   * Counts a request in the account's second: the first request begins it, and as many as `perSecond` (a whole number,
   * at least 1) fit. While Redis is away each process counts by itself. Never throws.
   */
  takeRequest(accountSid: string, perSecond: number): Promise<RequestVerdict>;
  /**
   * Takes one of the account's `max` places for a call, for a minute; a call that has one keeps it. True also while Redis
   * is away: a limit must not end the service. Never throws.
   */
  takeCall(accountSid: string, callSid: string, max: number): Promise<boolean>;
  /** Keeps the place of a call, which is accepted now, until it is given back. Never throws. */
  keepCall(accountSid: string, callSid: string): Promise<void>;
  /**
   * Gives places back; a call that has none does no harm.
   * @throws LimitsUnavailableError when Redis is away: the places are still taken
   */
  releaseCalls(calls: readonly HeldCall[]): Promise<void>;
  close(): Promise<void>;
}
