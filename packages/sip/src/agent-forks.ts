import type { Authorizer } from './agent-auth.js';
import { type AgentContext, SDP_TYPE } from './agent-context.js';
import { sendBye } from './agent-dialog-request.js';
import { credentialsOf } from './agent-invite.js';
import { Session, type SessionOwner } from './agent-session.js';
import { sdpOf } from './agent-session-peer.js';
import { type Dialog, dialogOfResponse } from './dialog.js';
import type { SipRequest, SipResponse } from './message.js';
import { cseqOf } from './message-fields.js';
import { tagOf } from './parse-name-addr.js';
import { Q850_NORMAL_CLEARING } from './parse-reason.js';
import type { SipAddress } from './transport.js';

/** Dialogs beyond this many are not kept; a network forks to fewer phones. */
const MAX_FORKS = 16;

/** What a phone said of its audio before it answered. */
interface EarlySdp {
  sdp: string;
  /** It was said reliably: that is its answer, and no mere hint (RFC 6337 §3.1.1). */
  isFinal: boolean;
  /** Theirs that held then: an UPDATE before the answer may bring a newer one (RFC 3311 §5.2). */
  agreed: string;
}

export interface ForksOptions {
  /** As it was sent. */
  invite: () => SipRequest;
  /** Where it went. */
  target: SipAddress;
  owner: SessionOwner;
  auth: Authorizer;
  publicHost: string | undefined;
  allowRefer: boolean;
}

/** The phones that one INVITE reached, each a dialog of its own (RFC 3261 §12.1.2, §13.2.2.1). At most one gets the call. */
export class Forks {
  /** By remote tag; kept when its session is over, for the dialog's count goes on. */
  private readonly dialogs = new Map<string, Dialog>();
  /** Early dialogs by remote tag; after the answer, the one that won. */
  private readonly sessions = new Map<string, Session>();
  /** The ACK of each 2xx by remote tag, for its repetitions. */
  private readonly acks = new Map<string, { data: Buffer; to: SipAddress }>();
  private readonly early = new Map<string, EarlySdp>();
  private winner: Session | null = null;
  private owner: SessionOwner | null;
  private readonly options: Omit<ForksOptions, 'owner'>;

  constructor(
    private readonly context: AgentContext,
    { owner, ...options }: ForksOptions,
  ) {
    this.owner = owner;
    this.options = options;
  }

  /** A phone rings. Null when it does not say which, or when there are too many. */
  ring(response: SipResponse): Session | null {
    const tag = remoteTagOf(response);
    const session = this.sessions.get(tag) ?? (tag === '' ? null : this.open(response));
    session?.dialog.refreshTarget(response);
    session?.note(response);
    return session;
  }

  /** Keeps the SDP of a provisional response: the last word, unless a reliable one was said before. */
  keepEarlySdp(response: SipResponse, isReliable: boolean): void {
    const tag = remoteTagOf(response);
    const sdp = sdpOf(response);
    const before = this.early.get(tag);
    if (sdp === '' || (before?.isFinal && !isReliable) || (!before && this.early.size >= MAX_FORKS)) return;
    const agreed = this.sessions.get(tag)?.negotiation.remoteSdp ?? '';
    this.early.set(tag, { sdp, isFinal: isReliable, agreed });
  }

  /** A phone rings no more (RFC 6228), or has forgotten its dialog. */
  closeEarly(tag: string): void {
    const session = this.sessions.get(tag);
    if (!session || session === this.winner) return;
    session.close();
    this.sessions.delete(tag);
    this.early.delete(tag);
  }

  /** True when this 2xx was acknowledged before: the ACK was lost, and is sent again. */
  acknowledgeAgain(response: SipResponse): boolean {
    const ack = this.acks.get(remoteTagOf(response));
    if (ack) this.context.layer.send(ack.data, ack.to);
    return ack !== undefined;
  }

  get hasWinner(): boolean {
    return this.winner !== null;
  }

  /**
   * A phone answered and gets the call; the others are forgotten, their INVITE has its own end. Null when it made an offer
   * that is refused (RFC 3261 §13.2.1): then it was hung up on.
   */
  win(response: SipResponse): Session | null {
    const session = this.sessions.get(remoteTagOf(response)) ?? this.openAnyway(response);
    session.dialog.confirm(response);
    session.confirm(response);
    this.winner = session;
    this.closeLosers();
    const answer = this.answerTo(session, response);
    this.acknowledge(session.dialog, answer ?? '');
    if (answer !== null) return session;
    session.bye(Q850_NORMAL_CLEARING, () => {});
    return null;
  }

  /** For the ACK: '' when the offer was ours, or answered before. */
  private answerTo(session: Session, response: SipResponse): string | null {
    if (session.negotiation.state.exchange !== 'none') return '';
    const offer = sdpOf(response);
    try {
      return offer === '' ? null : session.takeOffer(offer);
    } catch (error) {
      this.context.layer.fault(error, this.options.target);
      return null;
    }
  }

  /**
   * What the phone that answered says of its audio: in the 2xx, or reliably or not before it (RFC 3262 §5). A newer offer of
   * its own, before the answer, holds whatever the 2xx repeats.
   */
  sdpOf(response: SipResponse): { contentType: string | null; body: Buffer } {
    const contentType = response.headers.get('Content-Type') ?? null;
    const early = this.early.get(remoteTagOf(response));
    const held = this.winner?.negotiation.remoteSdp ?? '';
    if (early?.isFinal && held !== early.agreed)
      return { contentType: SDP_TYPE, body: Buffer.from(held, 'utf8') };
    if (response.body.length > 0 || !early) return { contentType, body: response.body };
    return { contentType: SDP_TYPE, body: Buffer.from(early.sdp, 'utf8') };
  }

  /** A phone answered that does not get the call: ACK and BYE (RFC 3261 §13.2.2.4). */
  hangUpOn(response: SipResponse): void {
    if (this.acks.size >= MAX_FORKS) return;
    const dialog = this.dialogFor(response);
    const { auth, publicHost } = this.options;
    dialog.confirm(response);
    this.acknowledge(dialog, '');
    sendBye(this.context, { dialog, auth, publicHost, q850: Q850_NORMAL_CLEARING }, () => {});
  }

  /** The call is over, or goes on with another INVITE: what still comes of this one is hung up on, and needs none of it. */
  retire(): void {
    this.closeLosers();
    this.sessions.clear();
    this.early.clear();
    this.owner = null;
    this.winner = null;
  }

  /** Forgets every phone but the one that got the call. */
  closeLosers(): void {
    for (const [tag, session] of this.sessions) {
      if (session === this.winner) continue;
      session.close();
      this.sessions.delete(tag);
    }
  }

  private open(response: SipResponse): Session | null {
    const isKnown = this.dialogs.has(remoteTagOf(response));
    return isKnown || this.dialogs.size < MAX_FORKS ? this.openAnyway(response) : null;
  }

  private openAnyway(response: SipResponse): Session {
    const { invite, auth, publicHost, allowRefer } = this.options;
    const { owner } = this;
    if (!owner) throw new RangeError('a call that is over takes no phones');
    const dialog = this.dialogFor(response);
    const offer = invite().body.toString('utf8');
    const session = new Session(this.context, dialog, { owner, auth, offer, publicHost, allowRefer });
    this.sessions.set(dialog.remoteTag, session);
    return session;
  }

  private dialogFor(response: SipResponse): Dialog {
    const { invite, target } = this.options;
    const tag = remoteTagOf(response);
    const dialog = this.dialogs.get(tag) ?? dialogOfResponse(invite(), response, target);
    this.dialogs.set(tag, dialog);
    return dialog;
  }

  private acknowledge(dialog: Dialog, answer: string): void {
    const { publicHost } = this.options;
    const invite = this.options.invite();
    const { request, nextHop } = dialog.acknowledge(cseqOf(invite).number, credentialsOf(invite));
    if (answer !== '') {
      request.headers.append('Content-Type', SDP_TYPE);
      request.body = Buffer.from(answer, 'utf8');
    }
    const data = this.context.layer.writeAck(
      request,
      nextHop,
      publicHost === undefined ? {} : { publicHost },
    );
    this.acks.set(dialog.remoteTag, { data, to: nextHop });
    this.context.layer.send(data, nextHop);
  }
}

/** Which phone a response came from; '' for one of RFC 2543 that does not say. */
export function remoteTagOf(response: SipResponse): string {
  return tagOf(response.headers.get('To') ?? '') ?? '';
}
