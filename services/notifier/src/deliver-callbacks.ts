import type { Delivery } from '@trunkline/bus';
import type { Clock } from '@trunkline/runtime';
import { type Callback, toCallback } from './callback.js';
import { CallbackLedger } from './callback-ledger.js';
import { ACCOUNT_SHARE, CallbackQueue } from './callback-queue.js';
import { type HeldCallbacks, holdDeliveries } from './hold-deliveries.js';
import { type Attempt, judgeAttempt, type Verdict } from './judge-attempt.js';

export interface DelivererOptions {
  /** Makes one request. Must not reject. */
  send: (callback: Callback) => Promise<Attempt>;
  observer: DeliveryObserver;
  clock: Clock;
  limits: DeliveryLimits;
  random?: () => number;
}

export interface DeliveryLimits {
  /** Requests under way to one origin, and altogether. */
  perOrigin: number;
  total: number;
  /** Callbacks in memory: what the bus was told as maxInFlight. */
  maxHeld: number;
  /** Callbacks given back to the stream for a while, since their origin or account has more than its share in memory. */
  maxParked: number;
}

/** Told of what happens, to log and count it. */
export interface DeliveryObserver {
  onSent(callback: Callback, nowMs: number): void;
  onRetry(callback: Callback, verdict: Verdict & { kind: 'retry' }): void;
  onGivenUp(callback: Callback, why: 'refused' | 'exhausted' | 'overload', reason: string): void;
}

/** Sends the callbacks of a stream of events. */
export interface Deliverer {
  /** Takes an event; never waits. It is acknowledged when its callback is over, or at once when it asks for none. */
  accept(delivery: Delivery): void;
  /** Begins no more requests, and waits for those under way. What is left stays unacknowledged. */
  stop(): Promise<void>;
  counts(): { held: number; sending: number; parked: number };
}

/**
 * For how long the bus lends a delivery. After a crash everything waits so long for what was unfinished to come back, so it
 * is short; each is kept by saying several times meanwhile that it is being worked on.
 */
export const ACK_WAIT_MS = 10_000;
const KEEP_EVERY_MS = 3_000;
/** Below the bus's patience when a process starts again: 15 s, in which what was parked comes before what is new. */
const PARK_MS = 10_000;
/** For calls whose events are over but might be delivered again. */
const MAX_KNOWN_CALLS = 100_000;

export function createDeliverer(options: DelivererOptions): Deliverer {
  return new CallbackDeliverer(options);
}

class CallbackDeliverer implements Deliverer {
  readonly #options: DelivererOptions;
  readonly #random: () => number;
  readonly #queue: CallbackQueue;
  readonly #ledger = new CallbackLedger(MAX_KNOWN_CALLS);
  readonly #held: HeldCallbacks;
  readonly #underWay = new Set<Promise<void>>();
  readonly #pauses = new Set<{ cancel(): void }>();
  #isStopped = false;

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#queue = new CallbackQueue(options.limits);
    this.#held = holdDeliveries(options.clock, KEEP_EVERY_MS);
  }

  accept(delivery: Delivery): void {
    if (this.#isStopped) return;
    const callback = toCallback(delivery, this.#options.clock.nowMs());
    const held = callback && this.#held.get(callback.id);
    // When it is here already, it was lent for longer than we could say that we work on it: that delivery is void.
    if (held) held.delivery = delivery;
    else if (callback) this.#take(callback);
    else delivery.ack();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const pause of this.#pauses) pause.cancel();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.#held.stop();
  }

  counts(): { held: number; sending: number; parked: number } {
    return { ...this.#queue.counts, parked: this.#ledger.parked };
  }

  #take(callback: Callback): void {
    this.#ledger.unpark(callback);
    if (this.#ledger.isOver(callback)) {
      callback.delivery.ack();
    } else if (this.#ledger.isBehindParked(callback) || this.#isOverShare(callback)) {
      this.#park(callback);
    } else {
      this.#held.add(callback);
      this.#queue.add(callback);
      this.#pump();
    }
  }

  /**
   * An origin may hold as many as are still free, and an account three times that: neither takes the last room,
   * however many others there are.
   */
  #isOverShare(callback: Callback): boolean {
    const free = Math.max(0, this.#options.limits.maxHeld - this.#queue.counts.held);
    const { origin, account } = this.#queue.heldLike(callback);
    return origin >= Math.max(1, free) || account >= Math.max(1, ACCOUNT_SHARE * free);
  }

  /** One given up here is not noted as over: earlier ones of its call may be with the stream, and are still to be sent. */
  #park(callback: Callback): void {
    if (this.#mayPark(callback)) {
      this.#ledger.park(callback);
      callback.delivery.retryAfter(Math.round(PARK_MS * (0.5 + this.#random() / 2)));
    } else {
      this.#options.observer.onGivenUp(
        callback,
        'overload',
        'too many callbacks wait for this host or account',
      );
      callback.delivery.ack();
    }
  }

  /** As in memory: an account never takes the last room. */
  #mayPark({ accountSid }: Callback): boolean {
    const free = this.#options.limits.maxParked - this.#ledger.parked;
    return this.#ledger.parkedOf(accountSid) < ACCOUNT_SHARE * free;
  }

  #pump(): void {
    while (!this.#isStopped) {
      const callback = this.#queue.take();
      if (!callback) return;
      const sending: Promise<void> = this.#attempt(callback).finally(() => this.#underWay.delete(sending));
      this.#underWay.add(sending);
    }
  }

  async #attempt(callback: Callback): Promise<void> {
    const outcome = await this.#options.send(callback);
    callback.attempts += 1;
    const { attempts, receivedMs } = callback;
    const nowMs = this.#options.clock.nowMs();
    const verdict = judgeAttempt(outcome, { attempts, receivedMs, nowMs, random: this.#random() });
    if (verdict.kind === 'retry') this.#retry(callback, verdict);
    else this.#settle(callback, verdict, nowMs);
    this.#pump();
  }

  #retry(callback: Callback, verdict: Verdict & { kind: 'retry' }): void {
    this.#options.observer.onRetry(callback, verdict);
    this.#queue.pause(callback);
    if (this.#isStopped) return;
    const pause = this.#options.clock.after(verdict.afterMs, () => {
      this.#pauses.delete(pause);
      this.#queue.resume(callback.callSid);
      this.#pump();
    });
    this.#pauses.add(pause);
  }

  #settle(callback: Callback, verdict: Verdict & { kind: 'done' | 'give-up' }, nowMs: number): void {
    if (verdict.kind === 'done') this.#options.observer.onSent(callback, nowMs);
    else this.#options.observer.onGivenUp(callback, verdict.why, verdict.reason);
    callback.delivery.ack();
    this.#held.remove(callback);
    this.#ledger.noteOver(callback);
    this.#queue.finish(callback);
  }
}
