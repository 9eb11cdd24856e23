import type { AgentContext } from './agent-context.js';
import type { Timer } from './clock.js';
import type { ServerTransaction } from './transaction-server.js';
import { GIVE_UP_MS, T1_MS, T2_MS } from './transaction-timers.js';

/** A 2xx that waits for its ACK. */
export interface PendingAnswer {
  /** CSeq number of its INVITE, and of the ACK that it waits for. */
  readonly cseq: number;
  /** It has our offer, so that the ACK has the answer (RFC 3261 §13.2.1). */
  readonly isOffer: boolean;
  stop(): void;
}

/**
 * Repeats a 2xx until it is acknowledged, T1 doubling to T2, over every transport: no transaction does it (RFC 3261
 * §13.3.1.4). After 64*T1 without an ACK it gives up.
 */
export function repeatAnswer(
  context: AgentContext,
  answer: { transaction: ServerTransaction; cseq: number; isOffer: boolean },
  onGiveUp: () => void,
): PendingAnswer {
  let intervalMs = T1_MS;
  let timer: Timer = context.clock.after(intervalMs, repeat);
  const limit = context.clock.after(GIVE_UP_MS, () => {
    timer.cancel();
    context.layer.guard(answer.transaction.from, onGiveUp);
  });

  function repeat(): void {
    answer.transaction.repeat();
    intervalMs = Math.min(intervalMs * 2, T2_MS);
    timer = context.clock.after(intervalMs, repeat);
  }

  return {
    cseq: answer.cseq,
    isOffer: answer.isOffer,
    stop() {
      timer.cancel();
      limit.cancel();
    },
  };
}
