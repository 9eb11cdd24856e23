import { Authorizer } from './agent-auth.js';
import type { RenegotiateResult } from './agent-call.js';
import { type AgentContext, ALLOWED_METHODS, type DialogUser } from './agent-context.js';
import { type DialogWay, type InDialogRequest, sendBye, sendInDialog } from './agent-dialog-request.js';
import { occupy } from './agent-offer.js';
import { SUPPORTED_EXTENSIONS } from './agent-refuse.js';
import { Answers, reply } from './agent-session-answers.js';
import { Negotiation } from './agent-session-offers.js';
import type { LossCause, SessionOwner } from './agent-session-owner.js';
import { NO_ABILITIES, noteAbilities, type PeerAbilities, sdpOf } from './agent-session-peer.js';
import { Refresher } from './agent-session-refresh.js';
import { type RequestsPort, receiveInDialog } from './agent-session-requests.js';
import type { SessionTimer } from './agent-session-timer.js';
import type { Dialog } from './dialog.js';
import type { Credentials } from './digest-authorize.js';
import type { SipMessage, SipRequest, SipResponse } from './message.js';
import { q850CauseOf } from './message-fields.js';
import { unwrapSdp } from './parse-multipart.js';
import type { ServerTransaction } from './transaction-server.js';

export type { LossCause, SessionOwner } from './agent-session-owner.js';
export { isReadable, recordRoutes } from './agent-session-peer.js';

export interface SessionOptions {
  owner: SessionOwner;
  auth: Authorizer;
  /** Whose INVITE makes the dialog; ours unless told. */
  inviter?: 'local' | 'remote';
  /** The SDP of that INVITE; '' when it leaves the offer to who answers. */
  offer: string;
  /** See InviteOptions. */
  publicHost?: string | undefined;
  allowRefer?: boolean | undefined;
  /** Takes the PRACK of a reliable provisional response of ours; without it there are none, and PRACK is 481. */
  onPrack?(transaction: ServerTransaction): void;
}

/** `early`: the INVITE that makes the dialog is open. `leaving`: our BYE is. */
type Phase = 'early' | 'confirmed' | 'leaving' | 'over';

/** One dialog at work, in both directions: answers what comes in it, offers what is to change, keeps it alive and ends it. */
export class Session implements DialogUser {
  readonly negotiation: Negotiation;
  private phase: Phase = 'early';
  /** What the far end can do, as far as it has said so in INVITE, UPDATE or a response. */
  private peer: PeerAbilities = NO_ABILITIES;
  private readonly way: DialogWay;
  private readonly answers: Answers;
  private readonly refresher: Refresher;
  private readonly onClose = new Set<() => void>();
  private allowRefer: boolean;

  constructor(
    private readonly context: AgentContext,
    readonly dialog: Dialog,
    private readonly options: SessionOptions,
  ) {
    const { owner, auth, publicHost, inviter = 'local', offer } = options;
    this.way = { dialog, auth, publicHost };
    this.allowRefer = options.allowRefer ?? false;
    this.negotiation = new Negotiation(
      context,
      {
        way: this.way,
        inviter,
        requestHeaders: () => this.requestHeaders(),
        onResponse: (response) => this.noteResponse(response),
        onGone: (status) => this.lose('gone', { sayBye: status !== 481 }),
      },
      offer,
    );
    this.answers = new Answers(context, {
      dialog,
      owner,
      negotiation: this.negotiation,
      answerHeaders: (request) => this.answerHeaders(request),
      onUnacknowledged: () => this.lose('unacknowledged', { sayBye: true }),
    });
    this.refresher = new Refresher(context, {
      owner,
      negotiation: this.negotiation,
      mayUpdate: () => this.mayUpdate(),
      isConfirmed: () => this.phase === 'confirmed',
      peer: () => dialog.snapshot().nextHop,
      onExpired: () => this.lose('expired', { sayBye: true, q850: RECOVERY_ON_TIMER_EXPIRY }),
    });
    context.dialogs.set(dialog.key, this);
  }

  /** Reads Allow and Supported. */
  note(message: SipMessage): void {
    this.peer = noteAbilities(this.peer, message);
  }

  /**
   * Our INVITE was answered by this 2xx; the ACK is its sender's. It may be that the phone had hung up early, and thinks
   * better of it. The session timer is begun by `startTimer`.
   */
  confirm(response: SipResponse): void {
    this.phase = 'confirmed';
    this.context.dialogs.set(this.dialog.key, this);
    this.note(response);
    const { negotiation } = this;
    if (negotiation.state.exchange === 'local') negotiation.takeAnswer(sdpOf(response));
    negotiation.state = occupy(negotiation.state, 'invite', null);
  }

  /** An offer in a PRACK that came, or in a reliable response to our INVITE without one: our answer, null when it is refused. */
  takeOffer(sdp: string): string | null {
    const answer = this.options.owner.onReinvite(sdp);
    return answer === null ? null : this.negotiation.answerWith(sdp, answer);
  }

  /** Answers the INVITE that made this dialog. */
  accept(
    transaction: ServerTransaction,
    sdp: string,
    options: { sessionSeconds: number | null; allowRefer: boolean; credentials: Credentials | undefined },
  ): void {
    const { sessionSeconds, allowRefer, credentials } = options;
    this.phase = 'confirmed';
    this.allowRefer = allowRefer;
    if (credentials) this.way.auth = new Authorizer(credentials);
    this.refresher.wish = sessionSeconds === null ? null : { seconds: sessionSeconds, refresher: 'remote' };
    this.answers.accept(transaction, sdp);
  }

  /** See InviteOptions. */
  set publicHost(host: string | undefined) {
    this.way.publicHost = host;
  }

  /** True while the 2xx that made this dialog waits for its ACK: until then there may be no BYE (RFC 3261 §15). */
  get isUnacknowledged(): boolean {
    return this.answers.isFirstUnacknowledged;
  }

  /** Begins, changes or ends (null) the session timer; see `timerOfResponse`. */
  startTimer(timer: SessionTimer | null, minSeconds = 0): void {
    this.refresher.agree(timer, minSeconds);
  }

  /**
   * A new offer: by re-INVITE, or by UPDATE before the dialog is confirmed, where the far end takes it. It waits for its
   * turn; refused, everything stays as it was.
   */
  renegotiate(offer: string, done: (result: RenegotiateResult) => void): void {
    if (this.phase === 'confirmed') this.negotiation.offer('INVITE', offer, done);
    else if (this.phase === 'early' && this.mayUpdate()) this.negotiation.offer('UPDATE', offer, done);
    else done({ ok: false, status: null });
  }

  /** Sends another request in the dialog, no INVITE: PRACK, NOTIFY, INFO. What comes of it is for who sends it to judge. */
  request(request: InDialogRequest, onFinal: (response: SipResponse | null) => void): void {
    sendInDialog(this.context, { ...this.way, request }, onFinal);
  }

  bye(q850: number | undefined, onDone: (status: number | null) => void): void {
    this.stop();
    this.phase = 'leaving';
    sendBye(this.context, { ...this.way, q850 }, (status) => {
      this.close();
      onDone(status);
    });
  }

  /** Forgets the dialog. */
  close(): void {
    this.stop();
    this.phase = 'over';
    if (this.context.dialogs.get(this.dialog.key) === this) this.context.dialogs.delete(this.dialog.key);
  }

  acknowledge(ack: SipRequest): void {
    unwrapSdp(ack);
    this.answers.acknowledge(ack);
  }

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    // No header's name in the reason: SIPp reads the first 'CSeq' of a message as the header.
    if (!this.dialog.accepts(request)) reply(transaction, 500, { reason: 'Request Out of Order' });
    else if (request.method === 'BYE') this.receiveBye(transaction);
    else if (this.isLeaving) reply(transaction, 481);
    else receiveInDialog(this.requestsPort(transaction), transaction);
  }

  private get isLeaving(): boolean {
    return this.phase === 'leaving' || this.phase === 'over';
  }

  /** Confirmed whatever state we are in: the far end has hung up (RFC 3261 §15.1.2). */
  private receiveBye(transaction: ServerTransaction): void {
    reply(transaction, 200);
    if (this.isLeaving) return;
    const q850 = q850CauseOf(transaction.request);
    this.close();
    this.options.owner.onRemoteBye(q850);
  }

  private requestsPort(transaction: ServerTransaction): RequestsPort {
    const { owner, onPrack } = this.options;
    return {
      owner,
      answers: this.answers,
      mayRefer: this.allowRefer && this.phase === 'confirmed' && this.onClose.size < MAX_TRANSFERS,
      note: (message) => this.note(message),
      onPrack,
      clock: this.context.clock,
      guard: (run) => this.context.layer.guard(transaction.from, run),
      request: this.request.bind(this),
      answerHeaders: () => this.answerHeaders(null),
      onClose: (stop) => {
        this.onClose.add(stop);
        return () => this.onClose.delete(stop);
      },
    };
  }

  private mayUpdate(): boolean {
    return this.peer.allows.has('UPDATE');
  }

  /** True: the same again. */
  private noteResponse(response: SipResponse): boolean {
    if (response.status < 300) {
      this.note(response);
      this.dialog.refreshTarget(response);
    }
    return this.refresher.noteResponse(response);
  }

  private requestHeaders(): [string, string][] {
    // Not 100rel: nobody is to be asked, and so nothing provisional need be said.
    return [['Allow', ALLOWED_METHODS], ['Supported', 'timer'], ...this.refresher.requestHeaders()];
  }

  /** Of a 2xx; with the session timer where the request is one that may begin or renew it. */
  private answerHeaders(request: SipRequest | null): [string, string][] {
    const contact = this.context.contactFor(this.dialog.snapshot().nextHop, this.way.publicHost);
    return [
      ['Contact', contact],
      ['Allow', ALLOWED_METHODS],
      ['Supported', SUPPORTED_EXTENSIONS],
      ['Server', this.context.product],
      ...(request && this.phase === 'confirmed' ? this.refresher.answerHeaders(request) : []),
    ];
  }

  /** The dialog is over without anybody having hung up; before it is confirmed, that is for its INVITE to say. */
  private lose(cause: LossCause, { sayBye, q850 }: { sayBye: boolean; q850?: number }): void {
    if (this.phase !== 'confirmed') return;
    if (sayBye) this.bye(q850, () => {});
    else this.close();
    this.options.owner.onLost(cause);
  }

  private stop(): void {
    this.answers.stop();
    this.refresher.stop();
    this.negotiation.close();
    for (const stop of [...this.onClose]) stop();
    this.onClose.clear();
  }
}

/** That are decided about, or told of, at one time: more are refused. */
const MAX_TRANSFERS = 8;

/** Q.850 cause 102, for the Reason of a BYE that ends a session which nobody renewed. */
const RECOVERY_ON_TIMER_EXPIRY = 102;
