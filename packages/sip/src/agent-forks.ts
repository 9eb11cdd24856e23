import type { Authorizer } from './agent-auth.js';
import type { AgentContext } from './agent-context.js';
import { sendBye } from './agent-dialog-request.js';
import { credentialsOf } from './agent-invite.js';
import { Session, type SessionOwner } from './agent-session.js';
import { type Dialog, type DialogState, dialogOfResponse } from './dialog.js';
import type { SipRequest, SipResponse } from './message.js';
import { cseqOf } from './message-fields.js';
import { tagOf } from './parse-name-addr.js';
import { Q850_NORMAL_CLEARING } from './parse-reason.js';
import type { SipAddress } from './transport.js';

/** Dialogs beyond this many are not kept; a network forks to fewer phones. */
const MAX_FORKS = 16;

/** The phones that one INVITE reached, each a dialog of its own (RFC 3261 §12.1.2, §13.2.2.1). At most one gets the call. */
export class Forks {
  /** Early dialogs by remote tag; after the answer, the one that won. */
  private readonly sessions = new Map<string, Session>();
  /** The ACK of each 2xx by remote tag, for its repetitions. */
  private readonly acks = new Map<string, { data: Buffer; to: SipAddress }>();
  private winner: Session | null = null;

  constructor(
    private readonly context: AgentContext,
    private readonly way: { owner: SessionOwner; auth: Authorizer; nextHop: SipAddress },
  ) {}

  /** A phone rings. */
  ring(invite: SipRequest, response: SipResponse): void {
    const tag = remoteTagOf(response);
    const known = this.sessions.get(tag);
    if (known) known.dialog.refreshTarget(response);
    else if (tag !== '' && this.sessions.size < MAX_FORKS) this.open(invite, response);
  }

  /** True when this 2xx was acknowledged before: the ACK was lost, and is sent again. */
  acknowledgeAgain(response: SipResponse): boolean {
    const ack = this.acks.get(remoteTagOf(response));
    if (ack) this.context.layer.send(ack.data, ack.to);
    return ack !== undefined;
  }

  /** A phone answered and gets the call; the others are forgotten, their INVITE has its own end. */
  win(invite: SipRequest, response: SipResponse): DialogState {
    const session = this.sessions.get(remoteTagOf(response)) ?? this.open(invite, response);
    session.dialog.confirm(response);
    session.confirm();
    this.winner = session;
    this.closeLosers();
    this.acknowledge(invite, session.dialog);
    return session.dialog.snapshot();
  }

  /** A phone answered that does not get the call: ACK and BYE (RFC 3261 §13.2.2.4). */
  hangUpOn(invite: SipRequest, response: SipResponse): void {
    if (this.acks.size >= MAX_FORKS) return;
    const { auth, nextHop } = this.way;
    const dialog = dialogOfResponse(invite, response, nextHop);
    this.acknowledge(invite, dialog);
    sendBye(this.context, { dialog, auth, q850: Q850_NORMAL_CLEARING }, () => {});
  }

  /** Hangs up on the phone that got the call. */
  bye(q850: number | undefined, onDone: (status: number | null) => void): void {
    this.winner?.bye(q850, onDone);
  }

  /** Forgets every phone but the one that got the call. */
  closeLosers(): void {
    for (const [tag, session] of this.sessions) {
      if (session === this.winner) continue;
      session.close();
      this.sessions.delete(tag);
    }
  }

  private open(invite: SipRequest, response: SipResponse): Session {
    const { owner, auth, nextHop } = this.way;
    const dialog = dialogOfResponse(invite, response, nextHop);
    const session = new Session(this.context, dialog, { owner, auth, phase: 'offering' });
    this.sessions.set(dialog.remoteTag, session);
    return session;
  }

  private acknowledge(invite: SipRequest, dialog: Dialog): void {
    const { request, nextHop } = dialog.acknowledge(cseqOf(invite).number, credentialsOf(invite));
    const data = this.context.layer.writeAck(request, nextHop);
    this.acks.set(dialog.remoteTag, { data, to: nextHop });
    this.context.layer.send(data, nextHop);
  }
}

/** Which phone a response came from; '' for one of RFC 2543 that does not say. */
export function remoteTagOf(response: SipResponse): string {
  return tagOf(response.headers.get('To') ?? '') ?? '';
}
