import { randomInt } from 'node:crypto';
import { Authorizer } from './agent-auth.js';
import type { AgentContext } from './agent-context.js';
import { buildRegister, contactUriFor, grantedSeconds, seenAddressOf } from './agent-register-request.js';
import {
  type RegistrationEffect,
  type RegistrationInput,
  startRegistration,
  stepRegistration,
} from './agent-register-table.js';
import type { Timer } from './clock.js';
import type { Credentials } from './digest-authorize.js';
import type { SipResponse } from './message.js';
import { parseDeltaSeconds } from './parse-delta-seconds.js';
import { parseRetryAfter } from './parse-retry-after.js';
import { randomToken } from './random-token.js';
import { serializeMessage } from './serialize-message.js';
import type { ClientFailure, ClientTransaction, ClientTransactionHandlers } from './transaction-client.js';
import type { SipAddress } from './transport.js';

export interface RegisterOptions {
  /** The address that is registered, as a URI. */
  aor: string;
  /** The Request-URI. */
  registrar: string;
  /** Where the registrar is, best first; asked for anew each time. */
  targets(): Promise<SipAddress[]>;
  credentials?: Credentials;
  /** What we ask for; the registrar decides. */
  expiresSeconds: number;
  /** User of our Contact, unescaped: the calls that come are for it. */
  contactUser: string;
  /** Contact and Via, in place of the agent's. */
  publicHost?: string;
  /** Not after `stop`. */
  onState(state: RegistrationReport): void;
}

/** How a registration stands. */
export type RegistrationReport =
  | {
      kind: 'registered';
      expiresSeconds: number;
      /** Where the registrar saw us; null when it does not say. */
      publicAddress: SipAddress | null;
      /** Which target took it. */
      target: SipAddress;
    }
  | { kind: 'failed'; status: number | null; reason: string; retryInMs: number };

/** A registration that is kept up. */
export interface Registration {
  /** Un-registers; resolves when that is answered, or after 4 s. Never rejects. */
  stop(): Promise<void>;
}

const STOP_MS = 4000;
/** A target that says nothing is not waited for until timer F when there is another. */
const TARGET_PATIENCE_MS = 8000;

/** Registers and keeps registered. @throws UnsafeValueError when an option cannot be written; then nothing is sent */
export function register(context: AgentContext, options: RegisterOptions): Registration {
  const registration = new KeptRegistration(context, options);
  registration.start();
  return registration;
}

/** Runs the effects of the table. One REGISTER is open at a time, all with the same Call-ID (RFC 3261 §10.2). */
class KeptRegistration implements Registration {
  private readonly parts;
  private readonly credentials: Authorizer;
  /** Of the REGISTER at hand. */
  private auth: Authorizer;
  private cseq = 0;
  private state;
  private timer: Timer | null = null;
  private patience: Timer | null = null;
  private transaction: ClientTransaction | null = null;
  /** The target asked last, and those to ask when it cannot answer. */
  private target: SipAddress | null = null;
  private otherTargets: SipAddress[] = [];
  /** Counts what was begun, so that what comes late is told apart. */
  private round = 0;
  private readonly stopped: Promise<void>;
  private resolveStopped: () => void = () => {};

  constructor(
    private readonly context: AgentContext,
    private readonly options: RegisterOptions,
  ) {
    const { aor, registrar, contactUser, publicHost } = options;
    const dialog = { callId: randomToken(16), localTag: randomToken(8) };
    this.parts = {
      aor,
      registrar,
      contactUser,
      ...(publicHost === undefined ? {} : { publicHost }),
      ...dialog,
    };
    this.credentials = new Authorizer(options.credentials);
    this.auth = this.credentials.beginRequest();
    this.state = startRegistration(options.expiresSeconds);
    this.stopped = new Promise((done) => (this.resolveStopped = done));
  }

  start(): void {
    serializeMessage(this.build(this.context.layer.transport.local));
    this.cseq = 0;
    this.context.registrations.add(this);
    this.feed({ kind: 'start' });
  }

  stop(): Promise<void> {
    this.feed({ kind: 'stop' });
    return this.stopped;
  }

  private feed(input: RegistrationInput): void {
    const { state, effects } = stepRegistration(this.state, input);
    this.state = state;
    for (const effect of effects) this.run(effect);
  }

  private run(effect: RegistrationEffect): void {
    switch (effect.do) {
      case 'ask':
        void this.ask();
        break;
      case 'wait':
        this.timer = this.after(effect.ms, () => this.feed({ kind: 'timer' }));
        break;
      case 'tell-failed': {
        const { status, reason, retryInMs } = effect;
        this.tell({ kind: 'failed', status, reason, retryInMs });
        break;
      }
      case 'drop':
        this.drop();
        break;
      case 'un-register':
        this.unregister();
        break;
      case 'finish':
        this.context.registrations.delete(this);
        this.resolveStopped();
        break;
      default:
        break;
    }
  }

  private async ask(): Promise<void> {
    this.round += 1;
    const { round } = this;
    let targets: SipAddress[] = [];
    let reason = 'the registrar has no address';
    try {
      targets = await this.options.targets();
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    if (round !== this.round) return;
    this.otherTargets = targets.slice(1);
    if (targets[0]) this.askTarget(targets[0]);
    else this.fail({ status: null, reason });
  }

  private askTarget(target: SipAddress): void {
    this.target = target;
    this.auth = this.credentials.beginRequest();
    this.send(target);
    if (this.otherTargets.length > 0)
      this.patience = this.after(TARGET_PATIENCE_MS, () => {
        this.transaction?.abandon();
        this.fail({ status: null, reason: 'no response' });
      });
  }

  /** To the target at hand, with the credentials that are known by now. */
  private send(target: SipAddress): void {
    const { publicHost } = this.options;
    const handlers: ClientTransactionHandlers = {
      onResponse: (response) => this.receive(response, target),
      onFailure: (failure) => this.fail({ status: null, reason: reasonOf(failure) }),
    };
    try {
      const options = publicHost === undefined ? {} : { publicHost };
      this.transaction = this.context.layer.request(this.build(target), target, handlers, options);
    } catch (error) {
      // A challenge that cannot be answered in writing.
      this.fail({ status: null, reason: (error as Error).message });
    }
  }

  private build(target: SipAddress) {
    this.cseq += 1;
    return buildRegister(this.context, this.parts, {
      contactUri: contactUriFor(this.context, target, this.parts),
      cseq: this.cseq,
      expiresSeconds: this.state.name === 'leaving' ? 0 : this.state.expiresSeconds,
      credentials: this.auth.headersFor('REGISTER', this.options.registrar),
    });
  }

  private receive(response: SipResponse, target: SipAddress): void {
    const { status, reason } = response;
    if (status < 200) return;
    if ((status === 401 || status === 407) && this.auth.learn(response)) {
      this.send(target);
      return;
    }
    this.patience?.cancel();
    const retryAfterSeconds = parseRetryAfter(response.headers.get('Retry-After'));
    if (this.state.name === 'leaving') this.feed({ kind: 'left' });
    else if (status < 300) this.receiveGrant(response, target);
    else if (status === 423)
      this.feed({
        kind: 'too-brief',
        minSeconds: parseDeltaSeconds(response.headers.get('Min-Expires')),
      });
    else if (isPassing(status)) this.fail({ status, reason, retryAfterSeconds });
    else this.feed({ kind: 'refused', status, reason, retryAfterSeconds, jitter: jitter() });
  }

  private receiveGrant(response: SipResponse, target: SipAddress): void {
    const contactUri = contactUriFor(this.context, target, this.parts);
    const seconds = grantedSeconds(response, contactUri, this.state.expiresSeconds);
    if (seconds === 0) {
      this.fail({ status: response.status, reason: 'the registrar has not kept our address' });
      return;
    }
    this.feed({ kind: 'granted', seconds });
    this.tell({
      kind: 'registered',
      expiresSeconds: seconds,
      publicAddress: seenAddressOf(response, target),
      target,
    });
  }

  /** This target cannot answer: another may (RFC 3263 §4.3). */
  private fail(failure: { status: number | null; reason: string; retryAfterSeconds?: number | null }): void {
    this.patience?.cancel();
    const next = this.otherTargets.shift();
    if (this.state.name === 'leaving') this.feed({ kind: 'left' });
    else if (next) this.askTarget(next);
    else this.feed({ retryAfterSeconds: null, ...failure, kind: 'failed', jitter: jitter() });
  }

  /** At the target that was asked last: it has our address. */
  private unregister(): void {
    this.timer = this.after(STOP_MS, () => {
      this.transaction?.abandon();
      this.feed({ kind: 'left' });
    });
    this.auth = this.credentials.beginRequest();
    if (this.target) this.send(this.target);
    else this.feed({ kind: 'left' });
  }

  private drop(): void {
    this.round += 1;
    this.otherTargets = [];
    this.timer?.cancel();
    this.patience?.cancel();
    this.transaction?.abandon();
  }

  private tell(report: RegistrationReport): void {
    this.guard(() => this.options.onState(report));
  }

  private after(ms: number, run: () => void): Timer {
    return this.context.clock.after(ms, () => this.guard(run));
  }

  private guard(run: () => void): void {
    const { layer } = this.context;
    layer.guard(this.target ?? layer.transport.local, run);
  }
}

/** Another target, or this one in a minute, may answer otherwise (RFC 3261 §21.4.9, §21.5). */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status === 480 || (status >= 500 && status < 600);
}

function reasonOf(failure: ClientFailure): string {
  return failure.kind === 'timeout' ? 'no response' : failure.error.message;
}

function jitter(): number {
  return randomInt(1001) / 1000;
}
