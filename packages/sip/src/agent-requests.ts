import { answerRegister } from './agent-answer-register.js';
import type { AgentContext, DialogUser } from './agent-context.js';
import { ReceivedCall } from './agent-incoming-call.js';
import type { UserAgentOptions } from './agent-options.js';
import {
  acknowledgesAnswer,
  answerWithoutState,
  describeOptions,
  judgeFitness,
  judgeMethod,
  UNREADABLE_BODY,
  type Verdict,
} from './agent-refuse.js';
import { isReadable } from './agent-session.js';
import { dialogKey } from './dialog.js';
import type { EdgeForwarder } from './edge-forwarder.js';
import type { SipParseError } from './errors.js';
import type { SipMessage, SipRequest } from './message.js';
import { fromOf, toOf } from './message-fields.js';
import { createResponse } from './message-response.js';
import { unwrapSdp } from './parse-multipart.js';
import { randomToken } from './random-token.js';
import { serializeMessage } from './serialize-message.js';
import type { Reception, SipFault, TransactionUser } from './transaction-layer.js';
import { noteSource } from './transaction-match.js';
import type { ServerTransaction } from './transaction-server.js';
import type { SipAddress } from './transport.js';

export interface RequestsPort {
  /** What the agent's parts have in common. */
  context: AgentContext;
  options: UserAgentOptions;
  edge: EdgeForwarder | null;
  /** false: nothing new is taken, for we are about to go. */
  isAvailable: () => boolean;
}

/** What becomes of a request that comes (RFC 3261 §8.2): the gate first, then whom it belongs to. */
export class AgentRequests implements TransactionUser {
  constructor(private readonly port: RequestsPort) {}

  forward(message: SipMessage, from: SipAddress): boolean {
    return this.port.edge?.take(message, from) ?? false;
  }

  receive(request: SipRequest, { from, isMerged }: { from: SipAddress; isMerged: boolean }): Reception {
    if (request.method === 'CANCEL') return this.receiveCancel(request, from);
    if (toOf(request).params.has('tag')) return this.receiveInDialog(request, from);
    const gate = this.port.options.gate?.(request, from) ?? { kind: 'pass' };
    if (gate.kind === 'drop') return DROP;
    if (gate.kind === 'answer') return answerOf(request, { status: gate.status, options: gate });
    const unfit = judgeFitness(request, isMerged);
    return unfit ? answerOf(request, unfit) : this.receivePassed(request, { from, peer: gate.peer });
  }

  onAck(ack: SipRequest, from?: SipAddress): void {
    const dialog = this.dialogOf(ack);
    if (dialog) dialog.acknowledge(ack);
    else if (from && !acknowledgesAnswer(ack)) this.noteStray(from);
  }

  onLost(connection: string): void {
    this.port.options.onConnectionLost?.(connection);
  }

  onUnreadable(error: SipParseError, from: SipAddress): void {
    const { request, status, reason } = error;
    if (!request || status === null || request.method === 'ACK' || !this.knows(from)) return;
    const replyTo = noteSource(request, from);
    const response = answerWithoutState(request, { status, options: { reason } });
    this.port.context.layer.send(serializeMessage(response), replyTo);
  }

  onFault(fault: SipFault): void {
    this.port.options.onFault?.(fault);
  }

  private receivePassed(request: SipRequest, who: { from: SipAddress; peer: unknown }): Reception {
    switch (request.method) {
      case 'INVITE':
        return this.receiveInvite(request, who.peer);
      case 'OPTIONS':
        return answerOf(request, describeOptions(this.port.isAvailable()));
      case 'REGISTER':
        return this.receiveRegister(request, who);
      default:
        return answerOf(request, judgeMethod(request.method));
    }
  }

  private receiveInDialog(request: SipRequest, from: SipAddress): Reception {
    const dialog = this.dialogOf(request);
    if (!dialog) return this.tellOrDrop(request, from);
    const unfit = judgeFitness(request, false);
    return unfit ? answerOf(request, unfit) : takenBy((transaction) => dialog.receive(transaction));
  }

  private receiveInvite(request: SipRequest, peer: unknown): Reception {
    const { onInvite } = this.port.options;
    if (!onInvite || !this.port.isAvailable()) return answerOf(request, this.notNow());
    unwrapSdp(request);
    if (!isReadable(request)) return answerOf(request, UNREADABLE_BODY);
    return takenBy((transaction) => {
      const call = new ReceivedCall(this.port.context, transaction, peer);
      this.port.context.received.set(transaction, call);
      try {
        onInvite.call(this.port.options, call);
      } catch (error) {
        // Nobody looks after it.
        call.shutDown(500);
        throw error;
      }
    });
  }

  private receiveRegister(
    request: SipRequest,
    { from, peer }: { from: SipAddress; peer: unknown },
  ): Reception {
    const { onRegister } = this.port.options;
    if (!onRegister) return answerOf(request, judgeMethod(request.method));
    if (!this.port.isAvailable()) return answerOf(request, this.notNow());
    return takenBy((transaction) =>
      answerRegister(this.port.context, transaction, onRegister.call(this.port.options, request, from, peer)),
    );
  }

  /** RFC 3261 §9.2. An INVITE that is ignored has a CANCEL that is ignored. */
  private receiveCancel(request: SipRequest, from: SipAddress): Reception {
    const invite = this.port.context.layer.inviteOf(request);
    if (!invite) return this.tellOrDrop(request, from);
    return takenBy((transaction) => {
      const call = this.port.context.received.get(invite);
      if (invite.isIgnored) transaction.ignore();
      else transaction.respond(createResponse(request, 200, { toTag: call?.tag ?? randomToken(8) }));
      call?.receiveCancel(request);
    });
  }

  private dialogOf(request: SipRequest): DialogUser | undefined {
    const localTag = toOf(request).params.get('tag') ?? '';
    const remoteTag = fromOf(request).params.get('tag') ?? '';
    return this.port.context.dialogs.get(
      dialogKey(request.headers.get('Call-ID') ?? '', localTag, remoteTag),
    );
  }

  /** What belongs to nothing. */
  private tellOrDrop(request: SipRequest, from: SipAddress): Reception {
    if (this.noteStray(from)) return DROP;
    return answerOf(request, judgeFitness(request, false) ?? NO_SUCH_CALL);
  }

  /** Whether it is nobody's, and counted as such. */
  private noteStray(from: SipAddress): boolean {
    if (this.knows(from)) return false;
    this.port.options.onStray?.(from);
    return true;
  }

  private notNow(): Verdict {
    const { retryAfterSeconds } = this.port.options;
    if (retryAfterSeconds === undefined) return { status: 503 };
    return { status: 503, options: { headers: [['Retry-After', String(retryAfterSeconds)]] } };
  }

  private knows(from: SipAddress): boolean {
    return this.port.options.knows?.(from) ?? !this.port.options.gate;
  }
}

const NO_SUCH_CALL: Verdict = { status: 481 };

const DROP: Reception = { drop: true };

function answerOf(request: SipRequest, verdict: Verdict): Reception {
  return { answer: answerWithoutState(request, verdict) };
}

/** What fails halfway is answered 500 all the same. */
function takenBy(take: (transaction: ServerTransaction) => void): Reception {
  return {
    take(transaction) {
      try {
        take(transaction);
      } catch (error) {
        if (transaction.isOpen)
          transaction.respond(createResponse(transaction.request, 500, { toTag: randomToken(8) }));
        throw error;
      }
    },
  };
}
