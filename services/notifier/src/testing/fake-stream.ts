import type { Delivery } from '@trunkline/bus';
import type { CallEvent } from '@trunkline/contracts';
import type { Clock } from '@trunkline/runtime';

/** A stream in memory that lends events as the bus does: until acknowledged, kept by working(), given back in time. */
export class FakeStream {
  readonly acked: string[] = [];
  workings = 0;
  readonly #clock: Clock;
  readonly #lentForMs: number;
  readonly #unacked = new Map<
    string,
    { event: CallEvent; streamSequence: number; lapse: { cancel(): void } }
  >();
  #receiver: ((delivery: Delivery) => void) | null = null;
  #last = 0;

  constructor(clock: Clock, lentForMs = 30_000) {
    this.#clock = clock;
    this.#lentForMs = lentForMs;
  }

  get unacked(): string[] {
    return [...this.#unacked.keys()];
  }

  /** Hands everything not acknowledged, in order, and what comes later, to a receiver. */
  connect(receiver: (delivery: Delivery) => void): void {
    this.#receiver = receiver;
    for (const id of this.unacked) this.#lend(id);
  }

  publish(...events: CallEvent[]): void {
    for (const event of events) {
      this.#last += 1;
      this.#unacked.set(event.id, { event, streamSequence: this.#last, lapse: { cancel: () => {} } });
      this.#lend(event.id);
    }
  }

  /** Delivers again, as after a lost acknowledgement. */
  repeat(event: CallEvent): void {
    this.#last += 1;
    this.#unacked.set(event.id, { event, streamSequence: this.#last, lapse: { cancel: () => {} } });
    this.#lend(event.id);
  }

  #lend(id: string): void {
    const entry = this.#unacked.get(id);
    if (!entry || !this.#receiver) return;
    const again = (ms: number) => {
      entry.lapse.cancel();
      entry.lapse = this.#clock.after(ms, () => this.#lend(id));
    };
    again(this.#lentForMs);
    this.#receiver({
      event: entry.event,
      streamSequence: entry.streamSequence,
      ack: () => {
        entry.lapse.cancel();
        if (this.#unacked.delete(id)) this.acked.push(id);
      },
      working: () => {
        this.workings += 1;
        again(this.#lentForMs);
      },
      retryAfter: again,
    });
  }
}
