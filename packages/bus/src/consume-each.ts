import type { CallEvent } from '@trunkline/contracts';
import type { ConsumeEachOptions, Consumer, Delivery } from './bus.js';
import { decodeMessage, EVENTS } from './decode-message.js';
import { durableConsumer, ensureConsumer } from './ensure-stream.js';
import { createHoldBack, type HoldBack } from './hold-back.js';
import { PullLoop, type PullLoopOptions } from './pull-loop.js';
import type { PulledMessage } from './pulled-message.js';

/** How long a delivery is lent for. */
const ACK_WAIT_MS = 30_000;
/**
 * How often, once its time is up, what a dead predecessor held is asked for, and how long apart. A server under load is
 * late, and gives to such a request what is new; after the last one another living process must have what is missing.
 */
const HOLD_BACK_TRIES = 20;
const HOLD_BACK_TRY_MS = 250;
const HANDLER_FAILED_RETRY_MS = 1_000;

type Connection = Pick<PullLoopOptions, 'link' | 'manager' | 'stream' | 'onError'>;

interface Item {
  streamSequence: number;
  message: PulledMessage;
  event: CallEvent | null;
}

/** Starts to hand over events one by one. */
export async function consumeEach(connection: Connection, options: ConsumeEachOptions): Promise<Consumer> {
  const lender = new Lender(connection, options);
  await lender.start();
  return lender;
}

class Lender implements Consumer {
  readonly #options: ConsumeEachOptions;
  readonly #onError: (error: Error) => void;
  readonly #ackWaitMs: number;
  readonly #pull: PullLoop;
  readonly #lent = new Set<PulledMessage>();
  #holdBack: HoldBack<Item> = createHoldBack({ deliveredUpTo: 0, unacknowledged: 0 });
  #timers: NodeJS.Timeout[] = [];
  #closed = false;

  constructor(connection: Connection, options: ConsumeEachOptions) {
    this.#options = options;
    this.#onError = connection.onError;
    this.#ackWaitMs = options.ackWaitMs ?? ACK_WAIT_MS;
    this.#pull = new PullLoop({
      ...connection,
      openConsumer: () =>
        ensureConsumer(
          connection.manager,
          connection.stream,
          durableConsumer(options.durable, this.#ackWaitMs),
        ),
      room: () => options.maxInFlight - this.#lent.size - this.#holdBack.size(),
      onMessage: (message) => this.#take(message),
    });
  }

  async start(): Promise<void> {
    const info = await this.#pull.start();
    this.#holdBack = createHoldBack({
      deliveredUpTo: info.delivered.stream_seq,
      unacknowledged: info.num_ack_pending,
    });
    if (this.#holdBack.isHolding()) this.#endHoldBackInTime();
    this.#pull.fill();
  }

  async pending(): Promise<number> {
    const info = await this.#pull.info();
    return info.num_pending + info.num_ack_pending;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimers();
    const late = await this.#pull.stop();
    const held = this.#holdBack.held().map((item) => item.message);
    const outstanding = [...this.#lent, ...held, ...late].sort((a, b) => a.streamSequence - b.streamSequence);
    for (const message of outstanding) message.giveBack();
    this.#lent.clear();
  }

  #take(message: PulledMessage): void {
    const item = {
      message,
      streamSequence: message.streamSequence,
      event: decodeMessage(message, EVENTS, this.#options.onPoison),
    };
    this.#handOver(this.#holdBack.add(item));
  }

  #handOver(items: Item[]): void {
    if (items.length > 0 && !this.#holdBack.isHolding()) this.#stopTimers();
    for (const { message, event } of items) {
      if (event) this.#lend(message, event);
    }
    this.#pull.fill();
  }

  #lend(message: PulledMessage, event: CallEvent): void {
    this.#lent.add(message);
    const settle = (answer: () => void) => {
      answer();
      if (this.#lent.delete(message)) this.#pull.fill();
    };
    const delivery: Delivery = {
      event,
      streamSequence: message.streamSequence,
      ack: () => settle(() => message.ack()),
      working: () => message.working(),
      retryAfter: (ms) => settle(() => message.giveBack(ms)),
    };
    try {
      this.#options.handler(delivery);
    } catch (error) {
      this.#onError(error as Error);
      delivery.retryAfter(HANDLER_FAILED_RETRY_MS);
    }
  }

  /**
   * What is held meanwhile is kept from going to somebody else. What is missing is asked for also when there is no more
   * room; again and again, since something new may come in its place. Counted and not timed, so that a process that was
   * held up itself does not give up at once.
   */
  #endHoldBackInTime(): void {
    const extend = () => {
      for (const { message } of this.#holdBack.held()) message.working();
    };
    let triesLeft = HOLD_BACK_TRIES;
    const askAgain = () => {
      if (triesLeft === 0) this.#handOver(this.#holdBack.release());
      else this.#pull.requestUpTo(this.#holdBack.missing());
      triesLeft -= 1;
    };
    const begin = () => {
      askAgain();
      this.#timers.push(setInterval(askAgain, HOLD_BACK_TRY_MS));
    };
    this.#timers = [setInterval(extend, this.#ackWaitMs / 3), setTimeout(begin, this.#ackWaitMs)];
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}
