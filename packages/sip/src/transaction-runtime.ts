import type { Clock, Timer } from './clock.js';
import type { TransactionState, TransactionStep } from './transaction-table.js';
import type { TimerName } from './transaction-timers.js';
import type { SipAddress, Transport } from './transport.js';

/** What a transaction stands on. */
export interface TransactionRuntime {
  readonly clock: Clock;
  readonly transport: Transport;
  /** Runs something on behalf of a peer; what it throws is counted, not thrown on into a timer or a socket. */
  guard(peer: SipAddress, run: () => void): void;
}

/** One of the four machines, its own names forgotten: the runner only carries them from step to step. */
export type AnyStep = (state: TransactionState<string>, input: string) => TransactionStep<string>;

/** The running timers of one transaction. */
export class TransactionTimers {
  private readonly running = new Map<TimerName, Timer>();

  constructor(
    private readonly clock: Clock,
    private readonly onTimer: (timer: TimerName) => void,
  ) {}

  start(timer: TimerName, ms: number): void {
    this.stop(timer);
    const started = this.clock.after(ms, () => {
      this.running.delete(timer);
      this.onTimer(timer);
    });
    this.running.set(timer, started);
  }

  stop(timer: TimerName): void {
    this.running.get(timer)?.cancel();
    this.running.delete(timer);
  }

  stopAll(): void {
    for (const timer of this.running.values()) timer.cancel();
    this.running.clear();
  }
}
