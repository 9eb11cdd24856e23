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
  /** Two at most run at once: as a list they hold less than as a map, and a transaction lives on for 32 s. */
  private readonly running: { name: TimerName; timer: Timer }[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly onTimer: (timer: TimerName) => void,
  ) {}

  start(timer: TimerName, ms: number): void {
    this.stop(timer);
    const started = this.clock.after(ms, () => {
      this.remove(timer);
      this.onTimer(timer);
    });
    this.running.push({ name: timer, timer: started });
  }

  stop(timer: TimerName): void {
    this.remove(timer)?.cancel();
  }

  stopAll(): void {
    for (const { timer } of this.running) timer.cancel();
    this.running.length = 0;
  }

  private remove(name: TimerName): Timer | null {
    const at = this.running.findIndex((one) => one.name === name);
    return at < 0 ? null : (this.running.splice(at, 1)[0]?.timer ?? null);
  }
}
