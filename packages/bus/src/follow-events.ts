import type { CallEvent } from '@trunkline/contracts';
import type { ConsumerInfo } from 'nats';
import type { EventFollower, FollowEventsOptions } from './bus.js';
import { decodeMessage, EVENTS } from './decode-message.js';
import { privateConsumer, type StartAt } from './ensure-stream.js';
import { BusRefusedError } from './errors.js';
import { PullLoop, type PullLoopOptions } from './pull-loop.js';
import type { PulledMessage } from './pulled-message.js';

/** Asked for ahead of what the reader has taken: enough to keep it busy, little enough for a thousand slow readers. */
const MAX_AHEAD = 32;
/** Longer than a pull request lives (30 s), so that only a reader that pauses, or is gone, loses its consumer. */
const IDLE_MS = 60_000;

type Connection = Pick<PullLoopOptions, 'link' | 'manager' | 'stream' | 'onError'> & { subjects: string };

/** A follower as the bus owns it. */
export interface OwnedFollower extends EventFollower {
  close(): Promise<void>;
  /** Resolves when it is over. */
  readonly ended: Promise<void>;
}

/** Starts to hand over events in their order. */
export async function followEvents(
  connection: Connection,
  options: FollowEventsOptions,
): Promise<OwnedFollower> {
  const follower = new Follower(connection, options);
  await follower.start();
  return follower;
}

/**
 * Reads the stream through a consumer of its own, which it makes anew, behind the last message it got, whenever that
 * one is lost or a message is missing. Nothing is acknowledged: what counts is what came.
 */
class Follower implements OwnedFollower {
  readonly ended: Promise<void>;
  readonly #connection: Connection;
  readonly #options: FollowEventsOptions;
  readonly #pull: PullLoop;
  #arrived: PulledMessage[] = [];
  /** When the stream was made: another one under its name has other messages at the same places. */
  #streamCreated: string | null = null;
  /** The place up to which everything came. */
  #last = 0;
  /** Deliveries of the present consumer so far. */
  #deliveries = 0;
  #paused = false;
  #handingOver = false;
  #isOver = false;
  #resolveEnded = () => {};

  constructor(connection: Connection, options: FollowEventsOptions) {
    this.#connection = connection;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#pull = new PullLoop({
      ...connection,
      openConsumer: () => this.#openConsumer(),
      room: () => (this.#paused ? 0 : MAX_AHEAD - this.#arrived.length),
      onMessage: (message) => this.#take(message),
      onError: (error) => {
        if (error instanceof BusRefusedError) this.#end(error);
        else connection.onError(error);
      },
    });
  }

  async start(): Promise<void> {
    await this.#pull.start();
    this.#pull.fill();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#handOver();
  }

  stop(): void {
    this.#end(null);
  }

  close(): Promise<void> {
    this.#end(null);
    return this.ended;
  }

  async #openConsumer(): Promise<ConsumerInfo> {
    const { manager, stream, subjects } = this.#connection;
    const { created, state } = await manager.streams.info(stream);
    const start = this.#startAt(created, state.last_seq);
    const info = await manager.consumers.add(stream, privateConsumer(subjects, start, IDLE_MS));
    this.#streamCreated = created;
    this.#deliveries = 0;
    // The server knows best where a time or the next message is.
    this.#last = info.delivered.stream_seq;
    return info;
  }

  #startAt(created: string, lastSequence: number): StartAt {
    const { from } = this.#options;
    const isFirst = this.#streamCreated === null;
    if (isFirst && (from === 'new' || 'time' in from)) return from;
    if (!isFirst && created !== this.#streamCreated) return 'first';
    const sequence = isFirst ? (from as { sequence: number }).sequence : this.#last + 1;
    // A place that this stream has not reached was another stream's, which was lost.
    return sequence < 1 || sequence > lastSequence + 1 ? 'first' : { sequence };
  }

  #take(message: PulledMessage): void {
    // Of a consumer that we gave up: the present one sends it again.
    if (message.consumer !== this.#pull.consumer()) return;
    if (message.consumerSequence !== this.#deliveries + 1) {
      this.#pull.restart();
      return;
    }
    this.#deliveries += 1;
    this.#last = message.streamSequence;
    this.#arrived.push(message);
    this.#handOver();
  }

  #handOver(): void {
    // The reader may resume while it is handed an event.
    if (this.#handingOver) return;
    this.#handingOver = true;
    while (!this.#paused && !this.#isOver) {
      const message = this.#arrived.shift();
      if (!message) break;
      this.#hand(message);
    }
    this.#handingOver = false;
    this.#pull.fill();
  }

  #hand(message: PulledMessage): void {
    const event = decodeMessage<CallEvent>(message, EVENTS, (_, error) => this.#connection.onError(error));
    if (event === null) return;
    try {
      this.#options.onEvent(event, message.streamSequence);
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #end(error: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#arrived = [];
    this.#options.onEnd(error);
    void this.#leave().finally(this.#resolveEnded);
  }

  async #leave(): Promise<void> {
    const { link, manager, stream } = this.#connection;
    try {
      await this.#pull.stop();
      await link.ask('leave the stream', () => manager.consumers.delete(stream, this.#pull.consumer()));
    } catch {
      // Then the server forgets the consumer by itself, since nobody asks it for anything any more.
    }
  }
}
