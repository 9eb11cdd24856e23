import type { AgentContext } from './agent-context.js';
import type { RegisterAnswer } from './agent-options.js';
import { createResponse } from './message-response.js';
import { randomToken } from './random-token.js';
import type { ServerTransaction } from './transaction-server.js';

/** Who registers gives up after 32 s; it had better try again before that. */
const PATIENCE_MS = 10_000;

/** Answers a REGISTER when it is known how; 500 when that fails or takes too long, so that the device tries again. */
export function answerRegister(
  context: AgentContext,
  transaction: ServerTransaction,
  asked: Promise<RegisterAnswer>,
): void {
  const { request, from } = transaction;
  const limit = context.clock.after(PATIENCE_MS, () => answer({ status: 500, headers: [] }));
  asked.then(answer, (error: unknown) => {
    context.layer.fault(error, from);
    answer({ status: 500, headers: [] });
  });

  function answer({ status, headers }: RegisterAnswer): void {
    limit.cancel();
    context.layer.guard(from, () => {
      if (!transaction.isOpen) return;
      const named: [string, string][] = [...headers, ['Server', context.product]];
      transaction.respond(createResponse(request, status, { headers: named, toTag: randomToken(8) }));
    });
  }
}
