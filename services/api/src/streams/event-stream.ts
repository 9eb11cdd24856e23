import type { EventFollower, FollowEventsOptions } from '@trunkline/bus';
import type { CallEvent } from '@trunkline/contracts';
import type { Clock } from '@trunkline/runtime';
import {
  commentMessage,
  eventMessage,
  gapMessage,
  heartbeatMessage,
  namedMessage,
  retryMessage,
} from './write-message.js';

/** Why a stream ended; a label in metrics. */
export type EndOfStream = 'client-gone' | 'call-over' | 'slow' | 'refused' | 'stopping' | 'bus';

export interface EventStreamOptions {
  clock: Clock;
  /** The last event that the reader has, or null when it begins. */
  resumeAfter: number | null;
  fits: (event: CallEvent) => boolean;
  /** Whether nothing comes after this event. */
  isLast: (event: CallEvent) => boolean;
  /** Whether the reader may still read. */
  isAllowed: () => Promise<boolean>;
  /**
   * Asked now and then when nothing of interest came: the last event, when it is known that the stream will not bring it
   * any more; `gone` when there is nothing to be told any more; null to wait on.
   */
  conclude: () => Promise<CallEvent | 'gone' | null>;
  onSent: () => void;
  /** Told once. */
  onEnd: (reason: EndOfStream) => void;
}

export type Follow = (
  handlers: Pick<FollowEventsOptions, 'onEvent' | 'onEnd'>,
) => Promise<Pick<EventFollower, 'stop' | 'pause' | 'resume'>>;

/** Below what proxies allow a silent connection, 30 s and more. */
const HEARTBEAT_MS = 15_000;
/** How often it is asked whether the reader may still read. */
const CHECK_MS = 10_000;
/** How long what was written may wait for the reader. */
const STALL_MS = 30_000;
const RECONNECT_MS = 3_000;
/** What may wait for the reader before no more is asked of the bus, in characters; a few dozen events come on top. */
const MAX_WAITING = 64 * 1024;

/** One reader of server-sent events. It holds no more than what MAX_WAITING says, and ends when nobody takes it. */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #options: EventStreamOptions;
  readonly #encoder = new TextEncoder();
  #follower: Awaited<ReturnType<Follow>> | null = null;
  #isPaused = false;
  #waiting = '';
  #waitingSinceMs: number;
  #wake = () => {};
  /** The stream sequence of the last event that came, whether the reader wanted it or not. */
  #place: number | null = null;
  #idSent: number | null = null;
  #hasHeard = false;
  #end: EndOfStream | null = null;
  #timers: { cancel(): void }[] = [];

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#waitingSinceMs = options.clock.nowMs();
    this.#waiting = retryMessage(RECONNECT_MS);
    this.body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => this.#give(controller),
        cancel: () => this.end('client-gone'),
      },
      // Nothing is kept between this and the connection, so that it is known whether somebody reads.
      { highWaterMark: 0 },
    );
  }

  /** Begins. @throws what the bus says when it cannot be followed just now */
  async start(follow: Follow): Promise<void> {
    try {
      const follower = await follow({
        onEvent: (event, streamSequence) => this.#receive(event, streamSequence),
        onEnd: () => this.end('bus'),
      });
      if (this.#end !== null) follower.stop();
      this.#follower = follower;
      if (this.#isPaused) follower.pause();
    } catch (error) {
      this.end('bus');
      throw error;
    }
    this.#every(HEARTBEAT_MS, () => this.#beat());
    this.#every(CHECK_MS, () => void this.#check());
  }

  /** Waits until the first event came, or so long: true when there is nothing for the reader and never will be. */
  async isOverSoon(ms: number): Promise<boolean> {
    if (this.#place === null && this.#end === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#timers.push(this.#options.clock.after(ms, resolve));
      });
    }
    return this.#end === 'call-over' && this.#waiting === retryMessage(RECONNECT_MS);
  }

  /** Nothing is told after this but what waits already, and not even that to somebody who may not read it. */
  end(reason: EndOfStream): void {
    if (this.#end !== null) return;
    this.#end = reason;
    this.#follower?.stop();
    for (const timer of this.#timers) timer.cancel();
    if (reason === 'refused') this.#waiting = commentMessage('the credentials are not good any more');
    if (reason === 'stopping') this.#waiting += commentMessage('this server stops: connect again');
    if (reason === 'slow' || reason === 'client-gone') this.#waiting = '';
    this.#wake();
    this.#options.onEnd(reason);
  }

  #receive(event: CallEvent, streamSequence: number): void {
    if (this.#end !== null) return;
    const { resumeAfter, fits, isLast } = this.#options;
    const isKnown = this.#place === null && streamSequence === resumeAfter;
    if (this.#isGapBefore(streamSequence)) this.#write(gapMessage(this.#place ?? resumeAfter));
    this.#place = streamSequence;
    if (fits(event)) {
      this.#hasHeard = true;
      if (!isKnown) this.#tell(eventMessage(event, streamSequence), streamSequence);
      if (isLast(event)) this.end('call-over');
    }
    this.#wake();
  }

  /**
   * A reader that resumes is given what follows from its last event on, that one included: when that is not the first to
   * come, the stream has forgotten it. Places that begin anew mean that the stream was lost.
   */
  #isGapBefore(streamSequence: number): boolean {
    if (this.#place !== null) return streamSequence <= this.#place;
    const { resumeAfter } = this.#options;
    return resumeAfter !== null && resumeAfter > 0 && streamSequence !== resumeAfter;
  }

  #tell(message: string, id: number | null): void {
    if (id !== null) this.#idSent = id;
    this.#options.onSent();
    this.#write(message);
  }

  #write(message: string): void {
    if (this.#waiting === '') this.#waitingSinceMs = this.#options.clock.nowMs();
    this.#waiting += message;
    if (this.#waiting.length > MAX_WAITING && !this.#isPaused) {
      this.#isPaused = true;
      this.#follower?.pause();
    }
    this.#wake();
  }

  /** Gives the connection what waits, once something does. */
  async #give(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#waiting === '' && this.#end === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#waiting === '') {
      if (this.#end !== 'client-gone') controller.close();
      return;
    }
    controller.enqueue(this.#encoder.encode(this.#waiting));
    this.#waiting = '';
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#end === null) this.#follower?.resume();
  }

  #beat(): void {
    if (this.#waiting !== '') {
      if (this.#options.clock.nowMs() - this.#waitingSinceMs >= STALL_MS) this.end('slow');
      return;
    }
    const isAhead = this.#place !== null && this.#place !== this.#idSent;
    this.#write(heartbeatMessage(isAhead ? this.#place : null));
    this.#idSent = this.#place;
  }

  /** It cannot reject. */
  async #check(): Promise<void> {
    const { isAllowed, conclude } = this.#options;
    if (!(await isAllowed())) return this.end('refused');
    const wasHeard = this.#hasHeard;
    this.#hasHeard = false;
    if (wasHeard) return;
    const last = await conclude();
    if (last === null || this.#hasHeard || this.#end !== null) return;
    if (last !== 'gone') {
      this.#write(gapMessage(this.#idSent ?? this.#options.resumeAfter));
      this.#tell(namedMessage(last), null);
    }
    this.end('call-over');
  }

  #every(ms: number, run: () => void): void {
    if (this.#end !== null) return;
    const timer = this.#options.clock.after(ms, () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
      run();
      this.#every(ms, run);
    });
    this.#timers.push(timer);
  }
}
