import { isIPv6 } from 'node:net';
import { Authorizer } from './agent-auth.js';
import type { InviteOptions, OutgoingCall } from './agent-call.js';
import type { AgentContext, DialogUser, OpenCall } from './agent-context.js';
import { sendBye } from './agent-dialog-request.js';
import { type IncomingCall, ReceivedCall } from './agent-incoming-call.js';
import { placeCall } from './agent-outgoing-call.js';
import {
  answerWithoutState,
  describeOptions,
  judgeFitness,
  judgeMethod,
  UNREADABLE_BODY,
  type Verdict,
} from './agent-refuse.js';
import { isReadable } from './agent-session.js';
import type { Clock } from './clock.js';
import { type DialogState, dialogKey, dialogOfState } from './dialog.js';
import type { Credentials } from './digest-authorize.js';
import type { SipParseError } from './errors.js';
import type { SipRequest } from './message.js';
import { createResponse } from './message-response.js';
import { tagOf } from './parse-name-addr.js';
import { randomToken } from './random-token.js';
import { serializeMessage } from './serialize-message.js';
import {
  type Reception,
  type SipFault,
  TransactionLayer,
  type TransactionUser,
} from './transaction-layer.js';
import { noteSource } from './transaction-match.js';
import type { ServerTransaction } from './transaction-server.js';
import type { SipAddress, Transport } from './transport.js';

export interface UserAgentOptions {
  /** The agent closes it. */
  transport: Transport;
  clock: Clock;
  /** What Via and Contact say towards that peer: where it reaches us. */
  publicAddress(to: SipAddress): { host: string; port: number };
  /** User-Agent and Server. */
  product?: string;
  /** What the requests that are being answered may hold in memory; those beyond are dropped, a fault each. 512 MiB unless told. */
  maxServerBytes?: number;
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
  readonly product: string;
  readonly dialogs = new Map<string, DialogUser>();
  readonly calls = new Set<OpenCall>();
  /** By the transaction of its INVITE. */
  private readonly received = new WeakMap<ServerTransaction, ReceivedCall>();
  private available = true;
  private closing: Promise<void> | null = null;

  constructor(private readonly options: UserAgentOptions) {
    this.clock = options.clock;
    this.product = options.product ?? 'Trunkline';
    this.layer = new TransactionLayer({
      transport: options.transport,
      clock: options.clock,
      sentBy: this.sentBy(options.transport.local),
      user: this,
      ...(options.maxServerBytes === undefined ? {} : { maxServerBytes: options.maxServerBytes }),
    });
  }

  contactFor(to: SipAddress, publicHost?: string): string {
    const protocol = to.protocol ?? 'UDP';
    const transport = protocol === 'UDP' ? '' : `;transport=${protocol.toLowerCase()}`;
    return `<sip:${this.sentBy(to, publicHost)}${transport}>`;
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

  receive(request: SipRequest, isMerged: boolean): Reception {
    const unfit = judgeFitness(request, isMerged);
    if (unfit) return answerOf(request, unfit);
    if (request.method === 'CANCEL') return this.receiveCancel(request);
    if (tagOf(request.headers.get('To') ?? '') !== null) return this.receiveInDialog(request);
    if (request.method === 'INVITE') return this.receiveInvite(request);
    if (request.method === 'OPTIONS') return answerOf(request, describeOptions(this.available));
    return answerOf(request, DIALOG_METHODS.has(request.method) ? NO_SUCH_CALL : judgeMethod(request.method));
  }

  onAck(ack: SipRequest): void {
    this.dialogOf(ack)?.acknowledge(ack);
  }

  onUnreadable(error: SipParseError, from: SipAddress): void {
    const { request, status, reason } = error;
    if (!request || status === null || request.method === 'ACK') return;
    const replyTo = noteSource(request, from);
    const response = answerWithoutState(request, { status, options: { reason } });
    this.layer.send(serializeMessage(response), replyTo);
  }

  onFault(fault: SipFault): void {
    this.options.onFault?.(fault);
  }

  private sentBy(to: SipAddress, publicHost?: string): string {
    const { host, port } = this.options.publicAddress(to);
    return formatSentBy({ host: publicHost ?? host, port });
  }

  private receiveInDialog(request: SipRequest): Reception {
    const dialog = this.dialogOf(request);
    return dialog ? takenBy((transaction) => dialog.receive(transaction)) : answerOf(request, NO_SUCH_CALL);
  }

  private receiveInvite(request: SipRequest): Reception {
    const { onInvite } = this.options;
    if (!onInvite || !this.available) return answerOf(request, { status: 503 });
    if (!isReadable(request)) return answerOf(request, UNREADABLE_BODY);
    return takenBy((transaction) => {
      const call = new ReceivedCall(this, transaction);
      this.received.set(transaction, call);
      onInvite.call(this.options, call);
    });
  }

  /** RFC 3261 §9.2. An INVITE that is ignored has a CANCEL that is ignored. */
  private receiveCancel(request: SipRequest): Reception {
    const invite = this.layer.inviteOf(request);
    if (!invite) return answerOf(request, NO_SUCH_CALL);
    return takenBy((transaction) => {
      const call = this.received.get(invite);
      if (invite.isIgnored) transaction.ignore();
      else transaction.respond(createResponse(request, 200, { toTag: call?.tag ?? randomToken(8) }));
      call?.receiveCancel();
    });
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

const NO_SUCH_CALL: Verdict = { status: 481 };

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

function formatSentBy({ host, port }: SipAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
