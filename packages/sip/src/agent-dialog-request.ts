import type { Authorizer } from './agent-auth.js';
import type { AgentContext } from './agent-context.js';
import type { Dialog } from './dialog.js';
import type { SipResponse } from './message.js';
import { formatReason } from './parse-reason.js';
import type { ClientTransactionHandlers } from './transaction-client.js';

/** How a dialog of ours is spoken in. */
export interface DialogWay {
  dialog: Dialog;
  auth: Authorizer;
  /** Contact and Via name it in place of the agent's own host. */
  publicHost?: string | undefined;
}

/** A request in a dialog, without what the dialog itself knows: its target, route, tags and CSeq. */
export interface InDialogRequest {
  method: string;
  headers?: readonly (readonly [string, string])[];
  body?: string;
  /** Of the body; application/sdp unless told. */
  contentType?: string;
}

/**
 * Sends a request in a dialog and reports its final response, or null when there was none: it timed out, could not be sent
 * or not even be written. A re-INVITE reports every 2xx, and its ACK is the caller's. A 401 or 407 is answered, since
 * trunks may challenge any request (RFC 3261 §22.2). Never throws.
 */
export function sendInDialog(
  context: AgentContext,
  way: DialogWay & { request: InDialogRequest },
  onFinal: (response: SipResponse | null) => void,
): void {
  const { dialog, request: wanted } = way;
  const auth = way.auth.beginRequest();
  const handlers: ClientTransactionHandlers = {
    onResponse(response) {
      if (response.status < 200) return;
      const isChallenge = response.status === 401 || response.status === 407;
      if (isChallenge && auth.learn(response)) tryOnce();
      else onFinal(response);
    },
    onFailure: () => onFinal(null),
  };

  tryOnce();

  /** What the far end gave us to say may be unsayable: then there is no request. */
  function tryOnce(): void {
    try {
      attempt();
    } catch (error) {
      context.layer.fault(error, dialog.snapshot().nextHop);
      onFinal(null);
    }
  }

  function attempt(): void {
    const { method, headers = [], body = '', contentType = 'application/sdp' } = wanted;
    const { request, nextHop } = dialog.request(method, headers);
    if (NAMES_US.has(method)) request.headers.append('Contact', context.contactFor(nextHop, way.publicHost));
    request.headers.append('User-Agent', context.product);
    for (const [name, value] of auth.headersFor(method, request.uri)) request.headers.append(name, value);
    if (body !== '') {
      request.headers.append('Content-Type', contentType);
      request.body = Buffer.from(body, 'utf8');
    }
    context.layer.request(
      request,
      nextHop,
      handlers,
      way.publicHost === undefined ? {} : { publicHost: way.publicHost },
    );
  }
}

/** The methods whose Contact is the target of what follows (RFC 3261 §12.2.1.1, RFC 3311, RFC 3515, RFC 6665). */
const NAMES_US = new Set(['INVITE', 'UPDATE', 'REFER', 'NOTIFY', 'SUBSCRIBE']);

/**
 * Sends BYE and reports the status of its answer; null when none came (RFC 3261 §15.1.1 sees the dialog as over either
 * way).
 */
export function sendBye(
  context: AgentContext,
  way: DialogWay & { q850: number | undefined },
  onDone: (status: number | null) => void,
): void {
  const request = { method: 'BYE', headers: reasonOf(way.q850) };
  sendInDialog(context, { ...way, request }, (response) => onDone(response?.status ?? null));
}

function reasonOf(q850: number | undefined): [string, string][] {
  return q850 === undefined ? [] : [['Reason', formatReason({ protocol: 'Q.850', cause: q850, text: null })]];
}
