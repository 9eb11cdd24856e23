import { type ReferPort, receiveRefer } from './agent-refer.js';
import { describeOptions, judgeInfo, judgeMethod, judgeNotify } from './agent-refuse.js';
import { type Answers, give, reply } from './agent-session-answers.js';
import type { SessionOwner } from './agent-session-owner.js';
import type { SipMessage } from './message.js';
import { unwrapSdp } from './parse-multipart.js';
import type { ServerTransaction } from './transaction-server.js';

/** What the requests in a dialog ask of it. */
export interface RequestsPort extends ReferPort {
  readonly owner: SessionOwner;
  readonly answers: Answers;
  /** Whether a transfer may be asked for. */
  readonly mayRefer: boolean;
  /** Reads Allow and Supported. */
  note(message: SipMessage): void;
  /** See SessionOptions. */
  onPrack: ((transaction: ServerTransaction) => void) | undefined;
}

/** Gives a request in a dialog, no BYE, to whom it concerns. */
export function receiveInDialog(port: RequestsPort, transaction: ServerTransaction): void {
  const { request } = transaction;
  switch (request.method) {
    case 'INVITE':
      port.note(request);
      unwrapSdp(request);
      port.answers.receiveInvite(transaction);
      break;
    case 'UPDATE':
      port.note(request);
      unwrapSdp(request);
      port.answers.receiveUpdate(transaction);
      break;
    case 'PRACK':
      unwrapSdp(request);
      if (port.onPrack) port.onPrack(transaction);
      else reply(transaction, 481);
      break;
    case 'INFO':
      receiveInfo(port, transaction);
      break;
    case 'REFER':
      transfer(port, transaction);
      break;
    case 'NOTIFY':
      give(transaction, judgeNotify(request));
      break;
    case 'OPTIONS':
      give(transaction, describeOptions(true));
      break;
    default:
      give(transaction, judgeMethod(request.method));
  }
}

function receiveInfo({ owner }: RequestsPort, transaction: ServerTransaction): void {
  const { request } = transaction;
  const verdict = judgeInfo(request);
  give(transaction, verdict);
  if (verdict.status !== 200 || request.body.length === 0) return;
  const contentType = request.headers.get('Content-Type') ?? '';
  owner.onInfo?.({ contentType, body: request.body });
}

/** A remote party places calls on our bill only where that is wanted. */
function transfer(port: RequestsPort, transaction: ServerTransaction): void {
  const { owner, mayRefer } = port;
  const tell = owner.onRefer?.bind(owner);
  if (tell && mayRefer) receiveRefer(port, transaction, tell);
  else reply(transaction, 603);
}
