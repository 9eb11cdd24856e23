import { setTimeout as delay } from 'node:timers/promises';
import type { CallNote } from '@trunkline/contracts';
import { backOffMs } from './back-off.js';
import { BusRefusedError, BusUnavailableError } from './errors.js';

/** Notes that wait or are under way, at most: some minutes of a busy process, and some 10 MB. */
const MAX_NOTES = 10_000;
const MAX_IN_FLIGHT = 256;
const RETRY = { firstMs: 200, lastMs: 5_000 };

/** What the box needs of the bus. */
export interface NotePort {
  publish(note: CallNote): Promise<void>;
  /** False when the time was up first. */
  waitUntilConnected(timeoutMs: number): Promise<boolean>;
  onError: (error: Error) => void;
}

/** Sends notes in no order, many at once, when it can; of too many it drops the newest. */
export class NoteBox {
  readonly #port: NotePort;
  #waiting: CallNote[] = [];
  #inFlight = 0;
  #failures = 0;
  #dropped = 0;
  #pausing = false;
  #closed = false;
  #whenEmpty = new Set<() => void>();

  constructor(port: NotePort) {
    this.#port = port;
  }

  publish(note: CallNote): void {
    if (this.#closed) return;
    if (this.#size() >= MAX_NOTES) {
      this.#drop();
      return;
    }
    this.#waiting.push(note);
    this.#sendMore();
  }

  /** Takes no more notes, and waits for those that are here, but not longer than that. */
  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    if (this.#size() > 0) {
      const stop = new AbortController();
      const empty = new Promise<void>((resolve) => this.#whenEmpty.add(resolve));
      await Promise.race([
        empty,
        delay(timeoutMs, undefined, { signal: stop.signal }).catch(() => undefined),
      ]);
      stop.abort();
    }
    this.#waiting = [];
  }

  #size(): number {
    return this.#waiting.length + this.#inFlight;
  }

  /** Told at the first of a row, and of how many they were once there is room again: there may be thousands. */
  #drop(): void {
    this.#dropped += 1;
    if (this.#dropped > 1) return;
    this.#port.onError(new BusUnavailableError(`${MAX_NOTES} notes wait to be sent: more are dropped`));
  }

  #sendMore(): void {
    while (!this.#pausing && this.#inFlight < MAX_IN_FLIGHT) {
      const note = this.#waiting.pop();
      if (!note) return;
      // It cannot reject.
      void this.#send(note);
    }
  }

  async #send(note: CallNote): Promise<void> {
    this.#inFlight += 1;
    try {
      await this.#port.publish(note);
      this.#failures = 0;
    } catch (error) {
      if (error instanceof BusRefusedError) this.#port.onError(error);
      else this.#keep(note, error as Error);
    }
    this.#inFlight -= 1;
    this.#tellEnd();
    this.#sendMore();
  }

  #keep(note: CallNote, error: Error): void {
    this.#waiting.push(note);
    if (this.#pausing) return;
    this.#port.onError(error);
    void this.#pause();
  }

  async #pause(): Promise<void> {
    this.#pausing = true;
    await delay(backOffMs(this.#failures, RETRY), undefined, { ref: false });
    await this.#port.waitUntilConnected(RETRY.lastMs);
    this.#failures += 1;
    this.#pausing = false;
    this.#sendMore();
  }

  #tellEnd(): void {
    if (this.#dropped > 0 && this.#size() < MAX_NOTES / 2) {
      this.#port.onError(new BusUnavailableError(`${this.#dropped} notes were dropped`));
      this.#dropped = 0;
    }
    if (this.#size() > 0) return;
    for (const tell of this.#whenEmpty) tell();
    this.#whenEmpty.clear();
  }
}
