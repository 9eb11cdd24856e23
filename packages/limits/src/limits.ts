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

/** A call that has, or had, a channel of a trunk. */
export interface HeldChannel {
  trunkSid: string;
  /** The call's Sid. */
  holder: string;
}

/** A call that wants a channel, and what the trunk allows; null: no limit. */
export interface ChannelRequest extends HeldChannel {
  maxChannels: number | null;
  /** INVITEs a second, spaced evenly. */
  maxPerSecond: number | null;
  /** For how long this one may be put off at most, ms. */
  maxWaitMs: number;
}

/**
 * `waitMs` of one that has its channel: when its INVITE may leave, which is its turn. `pace`: its turn would come later than
 * it may wait, in `waitMs`.
 */
export type ChannelVerdict =
  | { allowed: true; waitMs: number }
  | { allowed: false; full: 'channels' }
  | { allowed: false; full: 'pace'; waitMs: number };

/** What accounts and trunks may do at most, counted for all processes together. */
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
  /**
   * Takes a channel of a trunk, and a turn. While Redis is away each process counts what it has taken itself. Never throws.
   */
  takeChannel(request: ChannelRequest): Promise<ChannelVerdict>;
  /** Keeps channels for another minute: to be said every 20 s of all that are held. Never throws. */
  keepChannels(held: readonly HeldChannel[]): Promise<void>;
  /** Gives a channel back; one that is not held does no harm. Never throws. */
  releaseChannel(held: HeldChannel): Promise<void>;
  close(): Promise<void>;
}
