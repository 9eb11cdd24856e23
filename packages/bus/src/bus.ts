import type {
  CallEvent,
  CallNote,
  CreateKey,
  DirectoryEntry,
  EndCall,
  EndCallReply,
  Fence,
  Lease,
  LiveCall,
  Location,
} from '@trunkline/contracts';

export interface BusOptions {
  /** `nats://host:port`, with `token@` or `user:password@` where the server asks for it; several joined by commas. */
  url: string;
  /** Sets apart everything on the server that belongs to one cluster; may be empty. */
  namespace: string;
  /** The connection's name, as operators see it on the server. */
  name: string;
  /** Told of every change after the first connection. */
  onConnection?: (up: boolean) => void;
  /** Faults that nobody waits for: what a consumer met while it went on by itself. */
  onError?: (error: Error) => void;
  /** How long the stream keeps events, when this process is the one that creates it; 7 days when absent. */
  eventsMaxAgeMs?: number;
}

/** Everything that the processes of a cluster tell one another. */
export interface Bus {
  isConnected(): boolean;
  /** False when the time was up first. */
  waitUntilConnected(timeoutMs: number): Promise<boolean>;
  /**
   * Resolves when the stream has acknowledged the event. Publishing the same event again does no harm.
   * @throws BusUnavailableError at once when disconnected, after 5 s when no answer came (it may have arrived then)
   * @throws BusRefusedError when the stream does not take it
   */
  publish(event: CallEvent): Promise<void>;
  createOutbox(options?: OutboxOptions): Outbox;
  consumeBatches(options: ConsumeBatchesOptions): Promise<BatchConsumer>;
  consumeEach(options: ConsumeEachOptions): Promise<Consumer>;
  /**
   * Sends a note when it can, and tries again while the bus is away. It never throws: of more than 10,000 that wait, the
   * newest are dropped, and one that the stream does not take is; `onError` is told.
   */
  publishNote(note: CallNote): void;
  consumeNotes(options: ConsumeNotesOptions): Promise<BatchConsumer>;
  /**
   * Hands over one account's events as they are published, without acknowledging, from a place on. It goes on by itself
   * after an outage, where it was: no event is left out, none comes twice.
   * @throws BusRefusedError when the account's Sid is none
   */
  followEvents(options: FollowEventsOptions): Promise<EventFollower>;
  readonly directory: DirectoryBucket;
  readonly createKeys: CreateKeys;
  readonly fences: Fences;
  readonly leases: Leases;
  readonly liveCalls: LiveCalls;
  readonly locations: Locations;
  readonly holds: Holds;
  /**
   * Asks a dialer to end a call; waits up to 2 s.
   * @throws NoResponderError when that dialer is gone
   * @throws BusUnavailableError when disconnected, or when it does not answer in time
   * @throws MalformedMessageError when its answer is none
   */
  requestEndCall(dialerId: string, command: EndCall): Promise<EndCallReply>;
  /** Takes the commands for one dialer. When a handler throws, the asker gets a MalformedMessageError. */
  serveEndCall(dialerId: string, handler: (command: EndCall) => EndCallReply): { stop(): void };
  /** Stops the consumers, sends what is still to be sent, and ends the connection. */
  close(): Promise<void>;
}

export interface OutboxOptions {
  /** Told of every failed attempt; the outbox tries again by itself. */
  onError?: (error: Error) => void;
  /** Told of an event that the stream will never take, since it is the event's own fault; without it `onError` is. */
  onDropped?: (event: CallEvent, error: Error) => void;
}

/**
 * Publishes a process's events: in order for each call, with one in flight a call and many calls in flight; for ever,
 * while the bus is away. Its bound is the number of calls that the process holds.
 */
export interface Outbox {
  publish(event: CallEvent): void;
  /** Resolves when this call's events so far are all acknowledged. */
  settled(callSid: string): Promise<void>;
  /** Events not acknowledged yet. */
  depth(): number;
  /** Waits until nothing is left. False when the time was up first. */
  flush(timeoutMs: number): Promise<boolean>;
}

/** How messages of one kind are to be handed over in batches. */
export interface BatchOptions<T> {
  /** The consumer's name: processes with the same share the messages. */
  durable: string;
  maxBatch: number;
  /** How long the first message of a batch waits for more. */
  maxWaitMs: number;
  /** The messages are acknowledged when it resolves, and come again when it rejects. */
  handler: (messages: T[]) => Promise<void>;
  /** Told of a message that is not of its kind; it does not come again. */
  onPoison: (raw: string, error: Error) => void;
}

export type ConsumeBatchesOptions = BatchOptions<CallEvent>;
export type ConsumeNotesOptions = BatchOptions<CallNote>;

/** Hands over events in batches, one batch at a time. */
export interface BatchConsumer {
  /**
   * The place of the stream's last event, and up to which place every event was handled: once `handled` has reached a
   * `last` of before, everything that was published by then is.
   */
  progress(): Promise<{ last: number; handled: number }>;
  /** Waits for the batch under way, and has what came meanwhile handled too, unless handling fails. */
  close(): Promise<void>;
}

export interface ConsumeEachOptions {
  durable: string;
  /** Deliveries not yet acknowledged, at most. */
  maxInFlight: number;
  /** Must not wait. */
  handler: (delivery: Delivery) => void;
  onPoison: (raw: string, error: Error) => void;
  /** How long a delivery is lent for, when the consumer is created; 30 s when absent. */
  ackWaitMs?: number;
}

/**
 * Hands over events one by one; each is acknowledged by the receiver. When it starts, events are held back until those
 * that were delivered before and not acknowledged are here again, so that a restart changes no order: at once after
 * a close, when their 30 s are over after a crash.
 */
export interface Consumer {
  /** Events of the stream not acknowledged yet. */
  pending(): Promise<number>;
  /** Outstanding deliveries are given back, to come again at once. */
  close(): Promise<void>;
}

/** One event, lent until it is acknowledged. */
export interface Delivery {
  event: CallEvent;
  /** Its place in the stream: smaller is earlier. */
  streamSequence: number;
  ack(): void;
  /** Keeps it for another 30 s: for as long as it was lent. */
  working(): void;
  /** Gives it back, to come again after that many ms. Later events of the call do not wait for it. */
  retryAfter(ms: number): void;
}

export interface FollowEventsOptions {
  accountSid: string;
  /**
   * The first event: the one at that place of the stream or after it, at that time or after it, or the next one. A place
   * that the stream has forgotten, or has not reached since it was made anew, stands for its first event.
   */
  from: { sequence: number } | { time: Date } | 'new';
  /** Must not wait, and may pause or stop the follower. */
  onEvent: (event: CallEvent, streamSequence: number) => void;
  /**
   * Told once, when nothing comes any more: null after `stop` and when the bus is closed, an error when the bus refuses
   * to go on or `onEvent` threw.
   */
  onEnd: (error: Error | null) => void;
}

/** A reader of one account's events. Whoever opened it stops it. */
export interface EventFollower {
  stop(): void;
  /** Nothing is handed over until `resume`; what was asked for already is kept, a few dozen events at most. */
  pause(): void;
  resume(): void;
}

/** What every process must know of accounts and rates: one key each, by `directoryKey`, which stays until removed. */
export interface DirectoryBucket {
  put(entry: DirectoryEntry): Promise<void>;
  /** Of a key that is not there nothing is removed. */
  remove(key: string): Promise<void>;
  list(): Promise<{ key: string; entry: DirectoryEntry; revision: number }[]>;
  /** It goes on by itself until it is stopped, or the bus is closed. */
  watch(handlers: DirectoryHandlers): Promise<{ stop(): void }>;
}

export interface DirectoryHandlers {
  /** An entry as it is now; null when it was removed. */
  onEntry: (key: string, entry: DirectoryEntry | null) => void;
  /**
   * Everything that is there has been told: after the start, and again after every reconnection, when all of it is told
   * once more, and what is not there any more is told as removed. A directory that is empty then was lost with its
   * server: what was known holds until its writer has had half a minute to fill it again.
   */
  onReady: () => void;
}

/** Which call an Idempotency-Key stands for: one key each, created once, gone after a day. */
export interface CreateKeys {
  /**
   * `key` is any text: the caller puts the account in it. `won` also when the acknowledgement was lost and the key turns
   * out to stand for this very call.
   */
  claim(key: string, value: CreateKey): Promise<{ won: true } | { won: false; held: CreateKey }>;
}

/** Who decides each call: one key a call, created once. */
export interface Fences {
  /** `won` also when the acknowledgement was lost and the fence turns out to be this very claim. */
  claim(
    callSid: string,
    fence: Fence,
  ): Promise<{ won: true } | { won: false; held: Fence; revision: number }>;
  read(callSid: string): Promise<{ fence: Fence; revision: number } | null>;
  /** True when the fence had that revision, and is now this one. */
  takeOver(callSid: string, fence: Fence, revision: number): Promise<boolean>;
}

/** Which dialers live: a key of each, gone LEASE_TTL_MS after it was last renewed. */
export interface Leases {
  renew(lease: Lease): Promise<void>;
  release(dialerId: string): Promise<void>;
  list(): Promise<Lease[]>;
}

/** Where the devices of clients are: a key a client, gone a day after its last change. */
export interface Locations {
  read(clientSid: string): Promise<Location | null>;
  /**
   * Changes what is known of a client's devices, after whoever else changes it just now, and tells what is known then.
   * @param change may be asked again with what another has written meanwhile; null leaves it as it is
   */
  change(clientSid: string, change: (before: Location) => Location | null): Promise<Location>;
}

/** What one dialer alone may do: a key each, gone HOLD_TTL_MS after it was last taken. */
export interface Holds {
  /** Takes it, or keeps it. False when it is another's, or was taken by another just now. */
  take(what: string, dialerId: string): Promise<boolean>;
  /** Leaves what is another's. */
  release(what: string, dialerId: string): Promise<void>;
}

export interface LiveCallEntry {
  entry: LiveCall;
  revision: number;
  /** Where it is kept: `<dialer that placed it>.<callSid>`. It stays when the owner changes. */
  key: string;
}

/** What each dialer holds, so that another can end it truthfully. */
export interface LiveCalls {
  /** @throws LiveCallTakenError when another dialer has taken it over meanwhile */
  put(entry: LiveCall): Promise<void>;
  /** Leaves it when another dialer has taken it over. */
  remove(owner: string, callSid: string): Promise<void>;
  read(owner: string, callSid: string): Promise<LiveCallEntry | null>;
  /** Looks for a call whoever placed it: the server searches, so only for one whose fence is gone. */
  find(callSid: string): Promise<LiveCallEntry | null>;
  /** Every entry, whoever placed the call. */
  list(): Promise<LiveCallEntry[]>;
  /** The new revision, or null when the entry had changed meanwhile. `entry.owner` is the taker. */
  takeOver(key: string, entry: LiveCall, revision: number): Promise<number | null>;
  /** False when the entry had changed meanwhile. */
  removeAt(key: string, revision: number): Promise<boolean>;
}
