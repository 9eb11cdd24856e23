import { isIPv6 } from 'node:net';
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
import type { UserAgentOptions } from './agent-options.js';
import { placeCall } from './agent-outgoing-call.js';
import { type PingOptions, type PingResult, ping } from './agent-ping.js';
import { type RegisterOptions, type Registration, register } from './agent-register.js';
import { AgentRequests } from './agent-requests.js';
import type { Clock } from './clock.js';
import { type DialogState, dialogOfState } from './dialog.js';
import type { Credentials } from './digest-authorize.js';
import { type EdgeCounts, EdgeForwarder, NO_EDGE_COUNTS } from './edge-forwarder.js';
import { TransactionLayer } from './transaction-layer.js';
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

class Agent implements UserAgent, AgentContext {
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
    this.edge = options.edge
      ? new EdgeForwarder({ ...options.edge, transport: options.transport, sentBy })
      : null;
    this.layer = new TransactionLayer({
      transport: options.transport,
      clock: options.clock,
      sentBy,
      user: new AgentRequests({
        context: this,
        options,
        edge: this.edge,
        isAvailable: () => this.available,
      }),
      ...(options.maxServerBytes === undefined ? {} : { maxServerBytes: options.maxServerBytes }),
    });
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

  private sentBy(to: SipAddress, publicHost?: string): string {
    const { host, port } = this.options.publicAddress(to);
    return formatSentBy({ host: publicHost ?? host, port });
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

function formatSentBy({ host, port }: { host: string; port: number }): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
