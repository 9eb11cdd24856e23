import { isIPv6 } from 'node:net';
import { Authorizer } from './agent-auth.js';
import type { InviteOptions, OutgoingCall } from './agent-call.js';
import { type AgentContext, type DialogUser, type OpenCall, SDP_TYPE } from './agent-context.js';
import { sendBye } from './agent-dialog-request.js';
import { type IncomingCall, ReceivedCall } from './agent-incoming-call.js';
import { placeCall } from './agent-outgoing-call.js';
import { answerOptions, answerUnreadable, refuse, refuseMethod, refuseUnfit } from './agent-refuse.js';
import { isReadable } from './agent-session.js';
import type { Clock } from './clock.js';
import { type DialogState, dialogKey, dialogOfState } from './dialog.js';
import type { Credentials } from './digest-authorize.js';
import type { SipParseError } from './errors.js';
import type { SipRequest } from './message.js';
import { tagOf } from './parse-name-addr.js';
import { serializeMessage } from './serialize-message.js';
import { type SipFault, TransactionLayer, type TransactionUser } from './transaction-layer.js';
import { noteSource } from './transaction-match.js';
import type { ServerTransaction } from './transaction-server.js';
import type { SipAddress, Transport } from './transport.js';

export interface UserAgentOptions {
  /** The agent closes it. */
  transport: Transport;
  clock: Clock;
  /** What Via and Contact say: where the far ends reach us. */
  publicAddress: SipAddress;
  /** User-Agent and Server. */
  product?: string;
  /** Takes the calls that come; without it they are answered 503. */
  onInvite?(call: IncomingCall): void;
  /** Datagrams that are no SIP or that made something fail: to be counted and logged. */
  onFault?(fault: SipFault): void;
}

export interface AgentCounts {
  clientTransactions: number;
  serverTransactions: number;
  /** Early ones too. */
  dialogs: number;
  calls: number;
}

/** Places and takes calls at one address (RFC 3261 §8). */
export interface UserAgent {
  /** @throws UnsafeValueError when an option cannot be written into a message; then nothing is sent */
  invite(options: InviteOptions): OutgoingCall;
  /** BYE on a dialog of another process; resolves when it is answered or given up, and never rejects. */
  byeOnDialog(dialog: DialogState, q850?: number, credentials?: Credentials): Promise<void>;
  /** false: OPTIONS and new INVITEs are answered 503, for we are about to go. */
  setAvailable(available: boolean): void;
  /** All 0 when every call is over and the network has been given time to forget it (about 32 s). */
  counts(): AgentCounts;
  /** Hangs up on every call, waits at most 5 s for the answers, and closes the transport. */
  close(): Promise<void>;
}

const CLOSE_MS = 5000;

export function createUserAgent(options: UserAgentOptions): UserAgent {
  return new Agent(options);
}

class Agent implements UserAgent, AgentContext, TransactionUser {
  readonly clock: Clock;
  readonly layer: TransactionLayer;
  readonly contact: string;
  readonly product: string;
  readonly dialogs = new Map<string, DialogUser>();
  readonly calls = new Set<OpenCall>();
  /** By the transaction of its INVITE. */
  private readonly received = new WeakMap<ServerTransaction, ReceivedCall>();
  private available = true;
  private closing: Promise<void> | null = null;

  constructor(private readonly options: UserAgentOptions) {
    const sentBy = formatSentBy(options.publicAddress);
    this.clock = options.clock;
    this.contact = `<sip:${sentBy}>`;
    this.product = options.product ?? 'Trunkline';
    this.layer = new TransactionLayer({
      transport: options.transport,
      clock: options.clock,
      sentBy,
      user: this,
    });
  }

  invite(options: InviteOptions): OutgoingCall {
    return placeCall(this, options);
  }

  byeOnDialog(state: DialogState, q850?: number, credentials?: Credentials): Promise<void> {
    const way = { dialog: dialogOfState(state), auth: new Authorizer(credentials), q850 };
    return new Promise((done) => sendBye(this, way, () => done()));
  }

  setAvailable(available: boolean): void {
    this.available = available;
  }

  counts(): AgentCounts {
    return { ...this.layer.counts(), dialogs: this.dialogs.size, calls: this.calls.size };
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  onRequest(transaction: ServerTransaction): void {
    try {
      this.dispatch(transaction);
    } catch (error) {
      if (transaction.isOpen) refuse(transaction, 500);
      throw error;
    }
  }

  onAck(ack: SipRequest): void {
    this.dialogOf(ack)?.acknowledge(ack);
  }

  onUnreadable(error: SipParseError, from: SipAddress): void {
    if (!error.request || error.status === null) return;
    const replyTo = noteSource(error.request, from);
    const response = answerUnreadable(error.request, error.status, error.reason);
    if (response) this.layer.send(serializeMessage(response), replyTo);
  }

  onFault(fault: SipFault): void {
    this.options.onFault?.(fault);
  }

  private dispatch(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (refuseUnfit(transaction)) return;
    if (request.method === 'CANCEL') this.receiveCancel(transaction);
    else if (tagOf(request.headers.get('To') ?? '') !== null) this.receiveInDialog(transaction);
    else if (request.method === 'INVITE') this.receiveInvite(transaction);
    else if (request.method === 'OPTIONS') answerOptions(transaction, this.available);
    else if (DIALOG_METHODS.has(request.method)) refuse(transaction, 481);
    else refuseMethod(transaction);
  }

  private receiveInDialog(transaction: ServerTransaction): void {
    const dialog = this.dialogOf(transaction.request);
    if (dialog) dialog.receive(transaction);
    else refuse(transaction, 481);
  }

  private receiveInvite(transaction: ServerTransaction): void {
    const { onInvite } = this.options;
    if (!onInvite || !this.available) {
      refuse(transaction, 503);
      return;
    }
    if (!isReadable(transaction.request)) {
      refuse(transaction, 415, { headers: [['Accept', SDP_TYPE]] });
      return;
    }
    const call = new ReceivedCall(this, transaction);
    this.received.set(transaction, call);
    onInvite.call(this.options, call);
  }

  /** RFC 3261 §9.2. An INVITE that is ignored has a CANCEL that is ignored. */
  private receiveCancel(transaction: ServerTransaction): void {
    const invite = this.layer.inviteOf(transaction.request);
    const call = invite && this.received.get(invite);
    if (!invite) refuse(transaction, 481);
    else if (invite.isIgnored) transaction.ignore();
    else refuse(transaction, 200, call ? { toTag: call.tag } : {});
    call?.receiveCancel();
  }

  private dialogOf(request: SipRequest): DialogUser | undefined {
    const { headers } = request;
    const localTag = tagOf(headers.get('To') ?? '') ?? '';
    const remoteTag = tagOf(headers.get('From') ?? '') ?? '';
    return this.dialogs.get(dialogKey(headers.get('Call-ID') ?? '', localTag, remoteTag));
  }

  private async shutDown(): Promise<void> {
    this.available = false;
    for (const call of [...this.calls]) call.shutDown();
    await this.answeredOrLate();
    for (const call of [...this.calls]) call.drop();
    this.layer.close();
    await this.options.transport.close();
  }

  private async answeredOrLate(): Promise<void> {
    await new Promise<void>((done) => {
      const limit = this.clock.after(CLOSE_MS, done);
      void this.layer.answered().then(() => {
        limit.cancel();
        done();
      });
    });
  }
}

/** Those that mean something only in a dialog. */
const DIALOG_METHODS = new Set(['BYE', 'UPDATE', 'INFO']);

function formatSentBy({ host, port }: SipAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
