import type { Authorizer } from './agent-auth.js';
import type { AgentContext } from './agent-context.js';
import type { Dialog } from './dialog.js';
import { formatReason } from './parse-reason.js';
import type { ClientTransactionHandlers } from './transaction-client.js';

/**
 * Sends BYE and reports the status of its answer; null when none came (RFC 3261 §15.1.1 sees the dialog as over either
 * way). A 401 or 407 is answered, since trunks may challenge any request.
 */
export function sendBye(
  context: AgentContext,
  way: { dialog: Dialog; auth: Authorizer; q850: number | undefined },
  onDone: (status: number | null) => void,
): void {
  const handlers: ClientTransactionHandlers = {
    onResponse(response) {
      if (response.status < 200) return;
      const isChallenge = response.status === 401 || response.status === 407;
      if (isChallenge && way.auth.learn(response)) tryOnce();
      else onDone(response.status);
    },
    onFailure: () => onDone(null),
  };

  way.auth.begin();
  tryOnce();

  /** What the far end gave us to say may be unsayable: then the dialog is over without a word. */
  function tryOnce(): void {
    try {
      attempt();
    } catch (error) {
      context.layer.fault(error, way.dialog.snapshot().nextHop);
      onDone(null);
    }
  }

  function attempt(): void {
    const { request, nextHop } = way.dialog.request('BYE', [
      ...reasonOf(way.q850),
      ['User-Agent', context.product],
    ]);
    for (const [name, value] of way.auth.headersFor('BYE', request.uri)) request.headers.append(name, value);
    context.layer.request(request, nextHop, handlers);
  }
}

function reasonOf(q850: number | undefined): [string, string][] {
  return q850 === undefined ? [] : [['Reason', formatReason({ protocol: 'Q.850', cause: q850, text: null })]];
}
