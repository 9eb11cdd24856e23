import type { Msg } from 'nats';

const ACK = Buffer.from('+ACK');
const NAK = Buffer.from('-NAK');
const WORKING = Buffer.from('+WPI');
const TERM = Buffer.from('+TERM');

/** A message of the stream as a pull consumer delivered it: what its answer must be is still open. */
export class PulledMessage {
  readonly streamSequence: number;
  /** The name of the consumer that it came through, and its place among that one's deliveries, from 1. */
  readonly consumer: string;
  readonly consumerSequence: number;
  readonly #message: Msg;
  #settled = false;

  constructor(message: Msg) {
    this.#message = message;
    const tokens = deliveryTokens(message.reply ?? '');
    this.consumer = tokens[0] ?? '';
    this.streamSequence = Number(tokens[2]);
    this.consumerSequence = Number(tokens[3]);
  }

  text(): string {
    return this.#message.string();
  }

  ack(): void {
    this.#settle(ACK);
  }

  /** It comes again after that time, at once without one. */
  giveBack(delayMs = 0): void {
    // In nanoseconds, and for a server that knows it since 2.7.1.
    this.#settle(
      delayMs <= 0 ? NAK : Buffer.from(`-NAK {"delay": ${Math.round(delayMs * 1_000_000).toString()}}`),
    );
  }

  /** It does not come again. */
  drop(): void {
    this.#settle(TERM);
  }

  /** Starts its ack_wait anew. */
  working(): void {
    if (!this.#settled) this.#message.respond(WORKING);
  }

  #settle(answer: Buffer): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#message.respond(answer);
  }
}

/**
 * From the consumer on: `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>`; newer
 * servers put a domain and an account in front of the stream, and may add a token at the end.
 */
function deliveryTokens(subject: string): string[] {
  const tokens = subject.split('.');
  return tokens.slice(tokens.length > 9 ? 5 : 3);
}
