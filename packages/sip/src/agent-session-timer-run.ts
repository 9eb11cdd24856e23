import type { AgentContext } from './agent-context.js';
import type { SessionTimer } from './agent-session-timer.js';
import {
  stepTimer,
  TIMER_OFF,
  type TimerEffect,
  type TimerInput,
  type TimerState,
} from './agent-session-timer-table.js';
import type { Timer } from './clock.js';
import type { SipAddress } from './transport.js';

/** Runs the session timer of one dialog. */
export class TimerRunner {
  private state: TimerState = TIMER_OFF;
  private refreshTimer: Timer | null = null;
  private expiryTimer: Timer | null = null;

  constructor(
    private readonly context: AgentContext,
    private readonly on: { peer(): SipAddress; refresh(): void; expire(): void },
  ) {}

  /** What holds now; null when there is none. */
  get timer(): SessionTimer | null {
    return this.state.timer;
  }

  feed(input: TimerInput): void {
    const { state, effects } = stepTimer(this.state, input);
    this.state = state;
    for (const effect of effects) this.run(effect);
  }

  private run(effect: TimerEffect): void {
    switch (effect.do) {
      case 'set-refresh':
        this.refreshTimer?.cancel();
        this.refreshTimer = this.after(effect.ms, 'refresh-due');
        break;
      case 'set-expiry':
        this.expiryTimer?.cancel();
        this.expiryTimer = this.after(effect.ms, 'expiry-due');
        break;
      case 'clear':
        this.refreshTimer?.cancel();
        this.expiryTimer?.cancel();
        break;
      case 'refresh':
        this.on.refresh();
        break;
      case 'expire':
        this.on.expire();
        break;
    }
  }

  private after(ms: number, kind: 'refresh-due' | 'expiry-due'): Timer {
    const { clock, layer } = this.context;
    return clock.after(ms, () => layer.guard(this.on.peer(), () => this.feed({ kind })));
  }
}
