import type { Callback } from './callback.js';

/** What is known of a call's callbacks beyond those in the queue. */
interface Entry {
  accountSid: string;
  /** The last one that is over. */
  doneSequence: number;
  isFinalDone: boolean;
  /** Those given back to the stream, to come again. */
  parked: Set<number>;
}

/**
 * Remembers what is over, so that what the stream delivers twice is sent once by this process; and what was given back
 * to the stream, so that no later callback of the call overtakes it. Bounded: the oldest calls are forgotten first,
 * and what is delivered twice after that is sent twice.
 */
export class CallbackLedger {
  readonly #maxCalls: number;
  readonly #calls = new Map<string, Entry>();
  #parked = 0;
  readonly #parkedOf = new Map<string, number>();

  constructor(maxCalls: number) {
    this.#maxCalls = maxCalls;
  }

  /** Callbacks that were given back and have not come again. */
  get parked(): number {
    return this.#parked;
  }

  parkedOf(accountSid: string): number {
    return this.#parkedOf.get(accountSid) ?? 0;
  }

  /** Whether it was sent or given up already, or came after the call's end, which nothing follows. */
  isOver(callback: Callback): boolean {
    const entry = this.#calls.get(callback.callSid);
    return entry !== undefined && (entry.isFinalDone || callback.sequence <= entry.doneSequence);
  }

  noteOver(callback: Callback): void {
    const entry = this.#entry(callback);
    entry.doneSequence = Math.max(entry.doneSequence, callback.sequence);
    entry.isFinalDone ||= callback.isFinal;
  }

  /** Whether an earlier one of the call is with the stream still. */
  isBehindParked(callback: Callback): boolean {
    for (const sequence of this.#calls.get(callback.callSid)?.parked ?? []) {
      if (sequence < callback.sequence) return true;
    }
    return false;
  }

  park(callback: Callback): void {
    const { parked, accountSid } = this.#entry(callback);
    if (!parked.has(callback.sequence)) this.#count(accountSid, 1);
    parked.add(callback.sequence);
  }

  /** It has come again. */
  unpark(callback: Callback): void {
    const entry = this.#calls.get(callback.callSid);
    if (entry?.parked.delete(callback.sequence)) this.#count(entry.accountSid, -1);
  }

  #count(accountSid: string, by: number): void {
    const parked = this.parkedOf(accountSid) + by;
    if (parked > 0) this.#parkedOf.set(accountSid, parked);
    else this.#parkedOf.delete(accountSid);
    this.#parked += by;
  }

  #entry({ callSid, accountSid }: Callback): Entry {
    const fresh = () => ({ accountSid, doneSequence: 0, isFinalDone: false, parked: new Set<number>() });
    const entry = this.#calls.get(callSid) ?? fresh();
    this.#calls.delete(callSid);
    this.#calls.set(callSid, entry);
    if (this.#calls.size > this.#maxCalls) this.#forgetOldest();
    return entry;
  }

  #forgetOldest(): void {
    const [oldest] = this.#calls;
    if (!oldest) return;
    const [callSid, { accountSid, parked }] = oldest;
    this.#count(accountSid, -parked.size);
    this.#calls.delete(callSid);
  }
}
