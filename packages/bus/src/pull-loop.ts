import { setTimeout as delay } from 'node:timers/promises';
import {
  type ConsumerInfo,
  createInbox,
  type JetStreamManager,
  type Msg,
  nanos,
  type Subscription,
} from 'nats';
import { backOffMs } from './back-off.js';
import type { Link } from './link.js';
import { toBusError } from './nats-error.js';
import { PulledMessage } from './pulled-message.js';

const REQUEST_EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Longer than two heartbeats: then the request is gone, whatever we believe. */
const SILENCE_MS = 12_000;
/** The last request: short, since nobody wants its message. */
const FLUSH_EXPIRES_MS = 50;
const FLUSH_TIMEOUT_MS = 1_000;
const RETRY = { firstMs: 100, lastMs: 5_000 };

export interface PullLoopOptions {
  link: Link;
  manager: JetStreamManager;
  stream: string;
  /** Makes the consumer where it is missing; its name may be another each time. */
  openConsumer: () => Promise<ConsumerInfo>;
  /** How many messages can be taken just now, those already asked for included. */
  room: () => number;
  onMessage: (message: PulledMessage) => void;
  onError: (error: Error) => void;
}

/**
 * Keeps a pull consumer supplied with requests, as many as there is room for, and goes on by itself after the
 * server was away, or was replaced by one that has forgotten the consumer.
 */
export class PullLoop {
  readonly #options: PullLoopOptions;
  readonly #inbox = createInbox();
  #consumer = '';
  #subscription: Subscription | null = null;
  #stopWatching = () => {};
  #watchdog: NodeJS.Timeout | undefined;
  /** Asked for and not come yet. */
  #outstanding = 0;
  /** Tells the statuses of requests that we gave up from those that we count on. */
  #generation = 0;
  #heardAtMs = 0;
  #late: PulledMessage[] = [];
  #restarting = false;
  #ready = false;
  #stopped = false;

  constructor(options: PullLoopOptions) {
    this.#options = options;
  }

  /** Creates the consumer where it is missing, and tells how far it is. Nothing comes before the first `fill`. */
  async start(): Promise<ConsumerInfo> {
    const { link } = this.#options;
    const info = await this.info();
    this.#subscription = link.nats.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error) this.#options.onError(toBusError('consume', error));
        else this.#receive(message);
      },
    });
    this.#stopWatching = link.onChange((up) => this.#connectionChanged(up));
    this.#watchdog = setInterval(() => this.#checkSilence(), HEARTBEAT_MS);
    this.#watchdog.unref();
    this.#ready = true;
    return info;
  }

  /** How far the consumer is, which is made where it is missing. */
  async info(): Promise<ConsumerInfo> {
    const { link, stream, openConsumer } = this.#options;
    const info = await link.ask(`consumer of ${stream}`, openConsumer);
    this.#consumer = info.name;
    return info;
  }

  /** The consumer's name at the server; empty before the start. */
  consumer(): string {
    return this.#consumer;
  }

  /** The place of the stream's last message. */
  lastSequence(): Promise<number> {
    const { link, manager, stream } = this.#options;
    return link.ask(`stream ${stream}`, async () => (await manager.streams.info(stream)).state.last_seq);
  }

  /** Asks for what there is room for. Cheap, so call it whenever there may be more room. */
  fill(): void {
    const missing = this.#options.room() - this.#outstanding;
    // Few large requests instead of many small ones.
    if (missing <= 0 || missing < this.#outstanding) return;
    this.#request(missing);
  }

  /** Asks for that many, whether there is room or not; those asked for already count. */
  requestUpTo(count: number): void {
    if (count > this.#outstanding) this.#request(count - this.#outstanding);
  }

  #request(count: number): void {
    const { link } = this.#options;
    if (!this.#ready || this.#stopped || !link.isConnected()) return;
    if (this.#outstanding === 0) this.#heardAtMs = performance.now();
    this.#outstanding += count;
    const body = { batch: count, expires: nanos(REQUEST_EXPIRES_MS), idle_heartbeat: nanos(HEARTBEAT_MS) };
    link.nats.publish(this.#nextSubject(), JSON.stringify(body), {
      reply: `${this.#inbox}.${this.#generation}`,
    });
  }

  /**
   * Nothing comes any more. Messages that came before can still be answered; those that came last are returned.
   *
   * A request that waits on the server has nobody behind it now. nats-server 2.9 loses a message that is given back
   * to such a request, until its ack_wait is over (and sends another one twice). So the caller must give back only
   * after this: it makes the server look through its requests.
   */
  async stop(): Promise<PulledMessage[]> {
    const { link } = this.#options;
    this.#stopped = true;
    clearInterval(this.#watchdog);
    this.#stopWatching();
    const subscription = this.#subscription;
    if (!subscription) return [];
    try {
      await link.ask('stop consuming', () => subscription.drain());
      if (this.#outstanding > 0) await this.#flushRequests();
    } catch {
      // Then what is given back comes again a little later, which is all that this is to prevent.
      if (!link.nats.isClosed()) subscription.unsubscribe();
    }
    return this.#late;
  }

  async #flushRequests(): Promise<void> {
    const { link } = this.#options;
    const body = JSON.stringify({ batch: 1, expires: nanos(FLUSH_EXPIRES_MS) });
    const options = { noMux: true, timeout: FLUSH_TIMEOUT_MS };
    const reply = await link.ask('stop consuming', () =>
      link.nats.request(this.#nextSubject(), body, options),
    );
    if (reply.reply?.startsWith('$JS.ACK.')) this.#late.push(new PulledMessage(reply));
  }

  #nextSubject(): string {
    return `$JS.API.CONSUMER.MSG.NEXT.${this.#options.stream}.${this.#consumer}`;
  }

  #receive(message: Msg): void {
    this.#heardAtMs = performance.now();
    if (message.subject.startsWith(this.#inbox)) {
      if (!this.#stopped) this.#receiveStatus(message);
      return;
    }
    this.#outstanding = Math.max(0, this.#outstanding - 1);
    if (this.#stopped) {
      this.#late.push(new PulledMessage(message));
      return;
    }
    this.#options.onMessage(new PulledMessage(message));
    this.fill();
  }

  /** The end of a request, or a sign that the server still has it (100). */
  #receiveStatus(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code === 100 || message.subject !== `${this.#inbox}.${this.#generation}`) return;
    const left = Number(message.headers?.get('Nats-Pending-Messages') || Number.NaN);
    const isOrdinary = code === 408 || code === 404;
    if (isOrdinary && Number.isFinite(left)) {
      this.#outstanding = Math.max(0, this.#outstanding - left);
      this.fill();
      return;
    }
    this.restart();
  }

  #connectionChanged(up: boolean): void {
    if (up) this.restart();
    else this.#forget();
  }

  #checkSilence(): void {
    if (this.#outstanding === 0) this.fill();
    else if (performance.now() - this.#heardAtMs > SILENCE_MS) this.restart();
  }

  #forget(): void {
    this.#ready = false;
    this.#generation += 1;
    this.#outstanding = 0;
  }

  /** Opens the consumer again, and asks it anew. */
  restart(): void {
    this.#forget();
    if (this.#restarting) return;
    this.#restarting = true;
    // It cannot reject: what fails is tried again.
    void this.#restartForEver();
  }

  async #restartForEver(): Promise<void> {
    for (let attempt = 0; !this.#stopped; attempt += 1) {
      await delay(backOffMs(attempt, RETRY));
      if (!(await this.#options.link.waitUntilConnected(RETRY.lastMs))) continue;
      try {
        await this.info();
        break;
      } catch (error) {
        this.#options.onError(error as Error);
      }
    }
    this.#restarting = false;
    if (this.#stopped) return;
    this.#ready = true;
    this.fill();
  }
}
