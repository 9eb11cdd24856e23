import { backOffMs } from './back-off.js';
import type { BatchConsumer, BatchOptions } from './bus.js';
import { decodeMessage, type MessageKind } from './decode-message.js';
import { durableConsumer, ensureConsumer } from './ensure-stream.js';
import { PullLoop, type PullLoopOptions } from './pull-loop.js';
import type { PulledMessage } from './pulled-message.js';

const ACK_WAIT_MS = 30_000;
const RETRY = { firstMs: 200, lastMs: 10_000 };

type Connection = Pick<PullLoopOptions, 'link' | 'manager' | 'stream' | 'onError'>;

interface Item<T> {
  message: PulledMessage;
  value: T;
}

/** Starts to hand over batches. While one is handled the next is already on its way here. */
export async function consumeBatches<T>(
  connection: Connection,
  kind: MessageKind<T>,
  options: BatchOptions<T>,
): Promise<BatchConsumer> {
  const batcher = new Batcher(connection, kind, options);
  await batcher.start();
  return batcher;
}

class Batcher<T> implements BatchConsumer {
  readonly #kind: MessageKind<T>;
  readonly #options: BatchOptions<T>;
  readonly #onError: (error: Error) => void;
  readonly #pull: PullLoop;
  #arrived: Item<T>[] = [];
  #underWay: Item<T>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #handling: Promise<void> | null = null;
  #failures = 0;
  #cutPauseShort = () => {};
  #closed = false;

  constructor(connection: Connection, kind: MessageKind<T>, options: BatchOptions<T>) {
    this.#kind = kind;
    this.#options = options;
    this.#onError = connection.onError;
    this.#pull = new PullLoop({
      ...connection,
      openConsumer: () =>
        ensureConsumer(connection.manager, connection.stream, durableConsumer(options.durable, ACK_WAIT_MS)),
      room: () => options.maxBatch - this.#arrived.length,
      onMessage: (message) => this.#take(message),
    });
  }

  async start(): Promise<void> {
    await this.#pull.start();
    this.#keepAlive = setInterval(() => this.#extend(), ACK_WAIT_MS / 3);
    this.#keepAlive.unref();
    this.#pull.fill();
  }

  async progress(): Promise<{ last: number; handled: number }> {
    const last = await this.#pull.lastSequence();
    // Afterwards, so that nothing left means nothing left up to there: also where the last events have expired.
    const info = await this.#pull.info();
    const isDone = info.num_pending + info.num_ack_pending === 0;
    return { last, handled: isDone ? Math.max(last, info.ack_floor.stream_seq) : info.ack_floor.stream_seq };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#cutPauseShort();
    const [late] = await Promise.all([this.#pull.stop(), this.#handling]);
    if (this.#failures === 0) await this.#handleRest();
    clearInterval(this.#keepAlive);
    for (const message of [...this.#arrived.map((item) => item.message), ...late]) message.giveBack();
  }

  /** What is here is handled while the handler succeeds, so that a stop leaves nothing half known for a restart. */
  async #handleRest(): Promise<void> {
    while (this.#arrived.length > 0 && this.#failures === 0) {
      this.#underWay = this.#arrived.splice(0, this.#options.maxBatch);
      await this.#handle();
    }
  }

  #take(message: PulledMessage): void {
    const value = decodeMessage(message, this.#kind, this.#options.onPoison);
    if (value === null) return;
    this.#arrived.push({ message, value });
    this.#schedule();
  }

  /** A full batch goes at once, another when its first message has waited long enough. */
  #schedule(): void {
    if (this.#handling || this.#closed || this.#arrived.length === 0) return;
    if (this.#arrived.length >= this.#options.maxBatch) {
      this.#begin();
      return;
    }
    this.#timer ??= setTimeout(() => this.#begin(), this.#options.maxWaitMs);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#underWay = this.#arrived.splice(0, this.#options.maxBatch);
    this.#handling = this.#handle();
    this.#pull.fill();
  }

  /** It cannot reject. */
  async #handle(): Promise<void> {
    try {
      await this.#options.handler(this.#underWay.map((item) => item.value));
      for (const { message } of this.#underWay) message.ack();
      this.#failures = 0;
    } catch (error) {
      await this.#backOff(error as Error);
    }
    this.#underWay = [];
    this.#handling = null;
    this.#schedule();
  }

  /** Given back with the time that we ourselves wait, so that another process may try meanwhile, but not at once. */
  async #backOff(error: Error): Promise<void> {
    this.#onError(error);
    const delayMs = backOffMs(this.#failures, RETRY);
    this.#failures += 1;
    for (const { message } of this.#underWay) message.giveBack(delayMs);
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#cutPauseShort = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #extend(): void {
    for (const { message } of [...this.#underWay, ...this.#arrived]) message.working();
  }
}
