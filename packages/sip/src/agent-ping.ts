import { Authorizer } from './agent-auth.js';
import { type AgentContext, SDP_TYPE } from './agent-context.js';
import type { Credentials } from './digest-authorize.js';
import type { SipRequest, SipResponse } from './message.js';
import { SipHeaders } from './message-headers.js';
import { randomToken } from './random-token.js';
import { serializeMessage } from './serialize-message.js';
import type { ClientTransaction } from './transaction-client.js';
import type { SipAddress } from './transport.js';

export interface PingOptions {
  /** Tried in order until one shows a sign of life. */
  targets: readonly SipAddress[];
  requestUri: string;
  /** For those that count an unauthorized OPTIONS as a fault of ours; a challenge is a sign of life all the same. */
  credentials?: Credentials;
  /** How long each target may be silent; 5 s unless told. */
  timeoutMs?: number;
  /** Contact and Via, in place of the agent's. */
  publicHost?: string;
}

/** Any response is a sign of life, also one that refuses. `rttMs`: until the first of them. */
export type PingResult =
  | { alive: true; status: number; rttMs: number; target: SipAddress }
  /** `reason`: what went wrong at the last target. */
  | { alive: false; reason: string };

const TIMEOUT_MS = 5000;

/** Asks with OPTIONS whether anybody is there (RFC 3261 §11). Never rejects. */
export async function ping(context: AgentContext, options: PingOptions): Promise<PingResult> {
  let result: PingResult = { alive: false, reason: 'no target' };
  for (const target of options.targets) {
    result = await pingTarget(context, target, options);
    if (result.alive) break;
  }
  return result;
}

function pingTarget(context: AgentContext, target: SipAddress, options: PingOptions): Promise<PingResult> {
  return new Promise((done) => new Ping(context, { ...options, target, done }).start());
}

class Ping {
  private readonly callId = randomToken(16);
  private readonly tag = randomToken(8);
  private readonly auth: Authorizer;
  private readonly startedMs: number;
  private cseq = 0;
  private transaction: ClientTransaction | null = null;
  private firstSign: (PingResult & { alive: true }) | null = null;

  constructor(
    private readonly context: AgentContext,
    private readonly options: PingOptions & { target: SipAddress; done(result: PingResult): void },
  ) {
    this.auth = new Authorizer(options.credentials);
    this.startedMs = context.clock.nowMs();
  }

  start(): void {
    const { clock } = this.context;
    const limit = clock.after(this.options.timeoutMs ?? TIMEOUT_MS, () => {
      this.transaction?.abandon();
      finish({ alive: false, reason: 'no response' });
    });
    const finish = (result: PingResult): void => {
      limit.cancel();
      this.options.done(this.firstSign ?? result);
    };
    this.ask(finish);
  }

  private ask(finish: (result: PingResult) => void): void {
    const { target, publicHost } = this.options;
    try {
      this.transaction = this.context.layer.request(
        this.build(),
        target,
        {
          onResponse: (response) => this.receive(response, finish),
          onFailure: (failure) =>
            finish({
              alive: false,
              reason: failure.kind === 'timeout' ? 'no response' : failure.error.message,
            }),
        },
        publicHost === undefined ? {} : { publicHost },
      );
    } catch (error) {
      finish({ alive: false, reason: (error as Error).message });
    }
  }

  private receive(response: SipResponse, finish: (result: PingResult) => void): void {
    const { status } = response;
    const rttMs = this.firstSign?.rttMs ?? this.context.clock.nowMs() - this.startedMs;
    this.firstSign = { alive: true, status, rttMs, target: this.options.target };
    if (status < 200) return;
    if ((status === 401 || status === 407) && this.auth.learn(response)) this.ask(finish);
    else finish(this.firstSign);
  }

  private build(): SipRequest {
    const { requestUri, target, publicHost } = this.options;
    const contact = this.context.contactFor(target, publicHost);
    this.cseq += 1;
    const headers = new SipHeaders()
      .append('Max-Forwards', '70')
      .append('From', `${contact};tag=${this.tag}`)
      .append('To', `<${requestUri}>`)
      .append('Call-ID', this.callId)
      .append('CSeq', `${this.cseq} OPTIONS`)
      .append('Contact', contact)
      .append('Accept', SDP_TYPE)
      .append('User-Agent', this.context.product);
    for (const [name, value] of this.auth.headersFor('OPTIONS', requestUri)) headers.append(name, value);
    const request: SipRequest = {
      kind: 'request',
      method: 'OPTIONS',
      uri: requestUri,
      headers,
      body: Buffer.alloc(0),
    };
    // A URI that cannot be written is to be told before anything is begun.
    serializeMessage(request);
    return request;
  }
}
