import type { Metrics } from '@trunkline/runtime';
import { TooManyRequestsError, TryAgainError } from '../errors.js';
import type { EndOfStream, EventStream } from './event-stream.js';

/** How many streams one process serves at a time. */
export interface StreamLimits {
  /** Of readers with the credentials of one account. */
  perAccount: number;
  inAll: number;
}

/** What is measured of streams. */
export interface StreamMetrics {
  /** Counts events given to readers. */
  onSent: () => void;
  onEnd: (reason: EndOfStream) => void;
}

/** The streams that this process serves: it bounds their number, and ends them when the process stops. */
export class OpenStreams {
  readonly #limits: StreamLimits;
  readonly #streams = new Set<EventStream>();
  readonly #byAccount = new Map<string, number>();
  #places = 0;
  #isStopping = false;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** How many are open. */
  size(): number {
    return this.#places;
  }

  /**
   * Takes a place; whoever has it gives it back by what is returned, once.
   * @throws TooManyRequestsError, TryAgainError
   */
  take(accountSid: string): () => void {
    if (this.#isStopping) throw new TryAgainError('This server stops: connect again', 1);
    const { perAccount, inAll } = this.#limits;
    const held = this.#byAccount.get(accountSid) ?? 0;
    if (held >= perAccount) {
      throw new TooManyRequestsError(
        `The account has ${perAccount} streams open, which is all it may have`,
        5,
      );
    }
    if (this.#places >= inAll) throw new TryAgainError('This server has as many streams as it takes', 5);
    this.#places += 1;
    this.#byAccount.set(accountSid, held + 1);
    return () => this.#giveBack(accountSid);
  }

  add(stream: EventStream): void {
    this.#streams.add(stream);
    // A stop that came while the stream began has not met it.
    if (this.#isStopping) stream.end('stopping');
  }

  remove(stream: EventStream): void {
    this.#streams.delete(stream);
  }

  /** Ends every stream, and begins none any more: for before the server is closed, which waits for them. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const stream of [...this.#streams]) stream.end('stopping');
  }

  #giveBack(accountSid: string): void {
    this.#places -= 1;
    const held = (this.#byAccount.get(accountSid) ?? 1) - 1;
    if (held > 0) this.#byAccount.set(accountSid, held);
    else this.#byAccount.delete(accountSid);
  }
}

/** Makes the numbers of the streams. */
export function createStreamMetrics(metrics: Metrics, streams: Pick<OpenStreams, 'size'>): StreamMetrics {
  metrics.gauge('api_streams_open', 'Streams of events that are read', () => streams.size());
  const sent = metrics.counter('api_stream_events_total', 'Events given to readers of streams');
  const ended = metrics.counter('api_streams_ended_total', 'Streams that ended, and why', ['reason']);
  return { onSent: () => sent.inc(), onEnd: (reason) => ended.inc({ reason }) };
}
