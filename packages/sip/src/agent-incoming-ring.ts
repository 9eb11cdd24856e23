import { type AgentContext, ALLOWED_METHODS } from './agent-context.js';
import { SUPPORTED_EXTENSIONS } from './agent-refuse.js';
import { ReliableResponses, type Saying } from './agent-reliable-uas.js';
import { recordRoutes, type Session } from './agent-session.js';
import type { Timer } from './clock.js';
import type { SipResponse } from './message.js';
import { createResponse } from './message-response.js';
import type { ServerTransaction } from './transaction-server.js';

/** A caller that neither hangs up nor is answered has gone without a word. */
const MAX_RINGING_MINUTES = 15;
const MINUTE_MS = 60_000;

/** What ringing asks of its call. */
export interface RingingPort {
  readonly transaction: ServerTransaction;
  readonly session: Session;
  readonly publicHost: string | undefined;
  /** See ReliablePort. */
  onAcknowledged(earlyAnswer: string | null): void;
  /** No PRACK came for what was said reliably. */
  onGiveUp(): void;
  /** It has rung for too long. */
  onLate(): void;
}

/** What is said to a caller before its call is answered. */
export class Ringing {
  readonly reliable: ReliableResponses;
  private timer: Timer;
  private minutes = 0;
  /** The one that holds: repeated every minute, or proxies give the call up (RFC 3261 §13.3.1.1). */
  private last: { saying: Saying; isReliable: boolean } | null = null;

  constructor(
    private readonly context: AgentContext,
    private readonly port: RingingPort,
  ) {
    this.reliable = new ReliableResponses(context, {
      invite: port.transaction,
      session: port.session,
      build: (saying, headers) => this.build(saying, headers),
      onAcknowledged: (answer) => port.onAcknowledged(answer),
      onGiveUp: () => port.onGiveUp(),
    });
    this.timer = this.afterMinute();
  }

  say(saying: Saying, isReliable: boolean): void {
    this.last = { saying, isReliable };
    if (isReliable) {
      this.reliable.send(saying);
      return;
    }
    // An offer that nothing confirms is none (RFC 3261 §13.2.1).
    const isAnswer = this.port.transaction.request.body.length > 0;
    this.port.transaction.respond(this.build({ ...saying, body: isAnswer ? saying.body : '' }, []));
  }

  stop(): void {
    this.timer.cancel();
    this.reliable.stop();
  }

  private build({ status, reason, body }: Saying, headers: [string, string][]): SipResponse {
    const { transaction, session, publicHost } = this.port;
    return createResponse(transaction.request, status, {
      headers: [
        ...(status > 100 ? recordRoutes(transaction.request) : []),
        ['Contact', this.context.contactFor(transaction.from, publicHost)],
        ['Allow', ALLOWED_METHODS],
        ['Supported', SUPPORTED_EXTENSIONS],
        ...headers,
        ['Server', this.context.product],
      ],
      ...(reason === undefined ? {} : { reason }),
      body,
      toTag: session.dialog.localTag,
    });
  }

  private afterMinute(): Timer {
    const { clock, layer } = this.context;
    return clock.after(MINUTE_MS, () => layer.guard(this.port.transaction.from, () => this.goOn()));
  }

  private goOn(): void {
    this.minutes += 1;
    if (this.minutes >= MAX_RINGING_MINUTES) {
      this.port.onLate();
      return;
    }
    this.timer = this.afterMinute();
    // One that waits for its PRACK is repeated as it is.
    if (this.last && !this.reliable.isOpen) this.say(this.last.saying, this.last.isReliable);
  }
}
