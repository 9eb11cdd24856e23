import { isIPv6 } from 'node:net';
import { answerRegister } from './agent-answer-register.js';
import { Authorizer } from './agent-auth.js';
import type { InviteOptions, OutgoingCall } from './agent-call.js';
import type {
  AgentContext,
  CancelableCall,
  DialogUser,
  OpenCall,
  OpenRegistration,
} from './agent-context.js';
import { sendBye } from './agent-dialog-request.js';
import { ReceivedCall } from './agent-incoming-call.js';
import type { UserAgentOptions } from './agent-options.js';
import { placeCall } from './agent-outgoing-call.js';
import { type PingOptions, type PingResult, ping } from './agent-ping.js';
import {
  acknowledgesAnswer,
  answerWithoutState,
  describeOptions,
  judgeFitness,
  judgeMethod,
  UNREADABLE_BODY,
  type Verdict,
} from './agent-refuse.js';
import { type RegisterOptions, type Registration, register } from './agent-register.js';
import { isReadable } from './agent-session.js';
import type { Clock } from './clock.js';
import { type DialogState, dialogKey, dialogOfState } from './dialog.js';
import type { Credentials } from './digest-authorize.js';
import { type EdgeCounts, EdgeForwarder, NO_EDGE_COUNTS } from './edge-forwarder.js';
import type { SipParseError } from './errors.js';
import type { SipMessage, SipRequest } from './message.js';
import { fromOf, toOf } from './message-fields.js';
import { createResponse } from './message-response.js';
import { unwrapSdp } from './parse-multipart.js';
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
import { protocolOf, type SipAddress, type TransportCounts } from './transport.js';

export interface AgentCounts {
  clientTransactions: number;
  serverTransactions: number;
  /** Early ones too. */
  dialogs: number;
  calls: number;
  /** That we keep at registrars. */
  registrations: number;
  edge: EdgeCounts;
  transport: TransportCounts;
}

/** Places and takes calls at one address (RFC 3261 §8). */
export interface UserAgent {
  /** @throws UnsafeValueError when an option cannot be written into a message; then nothing is sent */
  invite(options: InviteOptions): OutgoingCall;
  /** BYE on a dialog of another process; resolves when it is answered or given up, and never rejects. */
  byeOnDialog(dialog: DialogState, q850?: number, credentials?: Credentials): Promise<void>;
  /** Registers and stays registered until it is stopped (RFC 3261 §10.2). */
  register(options: RegisterOptions): Registration;
  /** OPTIONS, as a sign of life; never rejects. */
  ping(options: PingOptions): Promise<PingResult>;
  /**
   * The Route by which another agent of the cluster reaches a device through the one that holds its connection: this one, or
   * the one at `dialerAddress` (`host:port`). @throws TypeError without `edge`
   */
  edgeRoute(binding: { source: SipAddress; dialerAddress?: string }): string;
  /** false: OPTIONS, REGISTER and new INVITEs are answered 503, for we are about to go. */
  setAvailable(available: boolean): void;
  /** Nothing is open when every call is over and the network has been given time to forget it (about 32 s). */
  counts(): AgentCounts;
  /** Hangs up on every call, un-registers, waits at most 5 s for the answers, and closes the transport. */
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
  readonly registrations = new Set<OpenRegistration>();
  readonly received = new WeakMap<ServerTransaction, CancelableCall>();
  private readonly edge: EdgeForwarder | null;
  private available = true;
  private closing: Promise<void> | null = null;

  constructor(private readonly options: UserAgentOptions) {
    this.clock = options.clock;
    this.product = options.product ?? 'Trunkline';
    const sentBy = (to: SipAddress, publicHost?: string): string => this.sentBy(to, publicHost);
    this.layer = new TransactionLayer({
      transport: options.transport,
      clock: options.clock,
      sentBy,
      user: this,
      ...(options.maxServerBytes === undefined ? {} : { maxServerBytes: options.maxServerBytes }),
    });
    this.edge = options.edge
      ? new EdgeForwarder({ ...options.edge, transport: options.transport, sentBy })
      : null;
  }

  contactFor(to: SipAddress, publicHost?: string): string {
    const protocol = protocolOf(to);
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

  register(options: RegisterOptions): Registration {
    return register(this, options);
  }

  ping(options: PingOptions): Promise<PingResult> {
    return ping(this, options);
  }

  edgeRoute(binding: { source: SipAddress; dialerAddress?: string }): string {
    if (!this.edge) throw new TypeError('edgeRoute needs the edge option');
    return this.edge.routeTo(binding.source, binding.dialerAddress);
  }

  setAvailable(available: boolean): void {
    this.available = available;
  }

  counts(): AgentCounts {
    return {
      ...this.layer.counts(),
      dialogs: this.dialogs.size,
      calls: this.calls.size,
      registrations: this.registrations.size,
      edge: this.edge?.counts() ?? NO_EDGE_COUNTS,
      transport: this.options.transport.counts(),
    };
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  forward(message: SipMessage, from: SipAddress): boolean {
    return this.edge?.take(message, from) ?? false;
  }

  receive(request: SipRequest, { from, isMerged }: { from: SipAddress; isMerged: boolean }): Reception {
    if (request.method === 'CANCEL') return this.receiveCancel(request, from);
    if (toOf(request).params.has('tag')) return this.receiveInDialog(request, from);
    const gate = this.options.gate?.(request, from) ?? { kind: 'pass' };
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
    this.options.onConnectionLost?.(connection);
  }

  onUnreadable(error: SipParseError, from: SipAddress): void {
    const { request, status, reason } = error;
    if (!request || status === null || request.method === 'ACK' || !this.knows(from)) return;
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

  private receivePassed(request: SipRequest, who: { from: SipAddress; peer: unknown }): Reception {
    switch (request.method) {
      case 'INVITE':
        return this.receiveInvite(request, who.peer);
      case 'OPTIONS':
        return answerOf(request, describeOptions(this.available));
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
    const { onInvite } = this.options;
    if (!onInvite || !this.available) return answerOf(request, this.notNow());
    unwrapSdp(request);
    if (!isReadable(request)) return answerOf(request, UNREADABLE_BODY);
    return takenBy((transaction) => {
      const call = new ReceivedCall(this, transaction, peer);
      this.received.set(transaction, call);
      try {
        onInvite.call(this.options, call);
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
    const { onRegister } = this.options;
    if (!onRegister) return answerOf(request, judgeMethod(request.method));
    if (!this.available) return answerOf(request, this.notNow());
    return takenBy((transaction) =>
      answerRegister(this, transaction, onRegister.call(this.options, request, from, peer)),
    );
  }

  /** RFC 3261 §9.2. An INVITE that is ignored has a CANCEL that is ignored. */
  private receiveCancel(request: SipRequest, from: SipAddress): Reception {
    const invite = this.layer.inviteOf(request);
    if (!invite) return this.tellOrDrop(request, from);
    return takenBy((transaction) => {
      const call = this.received.get(invite);
      if (invite.isIgnored) transaction.ignore();
      else transaction.respond(createResponse(request, 200, { toTag: call?.tag ?? randomToken(8) }));
      call?.receiveCancel(request);
    });
  }

  private dialogOf(request: SipRequest): DialogUser | undefined {
    const localTag = toOf(request).params.get('tag') ?? '';
    const remoteTag = fromOf(request).params.get('tag') ?? '';
    return this.dialogs.get(dialogKey(request.headers.get('Call-ID') ?? '', localTag, remoteTag));
  }

  /** What belongs to nothing. */
  private tellOrDrop(request: SipRequest, from: SipAddress): Reception {
    if (this.noteStray(from)) return DROP;
    return answerOf(request, judgeFitness(request, false) ?? NO_SUCH_CALL);
  }

  /** Whether it is nobody's, and counted as such. */
  private noteStray(from: SipAddress): boolean {
    if (this.knows(from)) return false;
    this.options.onStray?.(from);
    return true;
  }

  private notNow(): Verdict {
    const { retryAfterSeconds } = this.options;
    if (retryAfterSeconds === undefined) return { status: 503 };
    return { status: 503, options: { headers: [['Retry-After', String(retryAfterSeconds)]] } };
  }

  private knows(from: SipAddress): boolean {
    return this.options.knows?.(from) ?? !this.options.gate;
  }

  private async shutDown(): Promise<void> {
    this.available = false;
    this.forEachCall((call) => call.shutDown());
    for (const registration of [...this.registrations]) void registration.stop();
    await this.answeredOrLate();
    this.forEachCall((call) => call.drop());
    this.layer.close();
    await this.options.transport.close();
  }

  /** One whose owner fails keeps no other from its end. */
  private forEachCall(run: (call: OpenCall) => void): void {
    for (const call of [...this.calls]) this.layer.guard(this.options.transport.local, () => run(call));
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

function formatSentBy({ host, port }: { host: string; port: number }): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
