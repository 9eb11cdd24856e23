import type { Trunk } from '@trunkline/contracts';
import {
  type CallEnd,
  type Credentials,
  type DialogState,
  type OutgoingCall,
  type OutgoingCallHandlers,
  Q850_NORMAL_CLEARING,
  type SipAddress,
  type TargetFailure,
  type UserAgent,
} from '@trunkline/sip';
import type { RoutedTrunk, Routes } from '../trunks/routes.js';
import type { CallParties } from '../trunks/trunk-invite.js';
import { trunkInvite } from '../trunks/trunk-invite.js';
import { formatTarget } from '../trunks/trunk-targets.js';
import type { AttemptWatch, OpenAttempt } from './attempts.js';
import type { CallHistory } from './call-history.js';
import type { CallLog } from './call-log.js';
import type { CallInput } from './call-machine.js';
import type { CallMeter } from './call-meter.js';
import { explainEnd, explainRedirect, explainTarget } from './explain-failure.js';
import { type Outcome, outcomeOf, outcomeWithoutTrunk, reasonOfTarget } from './outcome.js';

/** What an answered leg brought. */
export interface LegAnswer {
  /** Empty when the far end gave none, not even early. */
  sdp: string;
  dialog: DialogState;
}

/** The way to the phone: one INVITE after another, over one trunk after another, until one is answered. */
export interface Leg {
  /** Sends an INVITE over the next trunk. */
  next(): void;
  cancel(): void;
  hangUp(): void;
  /** Sends nothing more, and gives back what it holds: the call is over. */
  abandon(): void;
}

/** What any leg of a call works with. */
export interface LegOptions {
  callSid: string;
  agent: Pick<UserAgent, 'invite'>;
  /** Our SDP, with that address in it in place of our own. */
  offer: (publicHost?: string) => string;
  attempts: AttemptWatch;
  onReinvite: NonNullable<OutgoingCallHandlers['onReinvite']>;
  onReinviteAnswer: NonNullable<OutgoingCallHandlers['onReinviteAnswer']>;
  /** Called before the input `answered`. */
  onAnswer: (answer: LegAnswer) => void;
  feed: (input: CallInput) => void;
  meter: Pick<CallMeter, 'legEnded'>;
  log: CallLog;
}

export interface TrunkLegOptions extends LegOptions {
  routes: Routes;
  parties: CallParties;
  /** Where this dialer is reached. */
  publicAddress: { host: string; port: number };
  /** What a trunk that asks is told in place of its own credentials. */
  login?: Credentials | undefined;
  /** The trunk's own. */
  credentialsOf: (trunk: Trunk) => Credentials | null;
  /** How long a trunk may say nothing at all while there is another to try, ms. */
  patienceMs: number;
  history: Pick<CallHistory, 'note'>;
}

/** Prepares a leg over trunks; nothing is sent before `next`. */
export function createTrunkLeg(options: TrunkLegOptions): Leg {
  return new TrunkLeg(options);
}

class TrunkLeg implements Leg {
  private call: OutgoingCall | null = null;
  private routed: RoutedTrunk | null = null;
  private attempt: OpenAttempt | null = null;
  /** The trunk's targets, those that have failed left out. */
  private ahead: SipAddress[] = [];
  /** How the trunk before this one ended. */
  private last: Outcome | null = null;
  private isHeard = false;
  private abandoned = false;

  constructor(private readonly options: TrunkLegOptions) {}

  next(): void {
    this.call = null;
    this.attempt = null;
    this.isHeard = false;
    void this.takeRoute();
  }

  cancel(): void {
    this.call?.cancel();
  }

  hangUp(): void {
    this.call?.bye(Q850_NORMAL_CLEARING);
  }

  abandon(): void {
    this.abandoned = true;
    // An INVITE that still waits for its connection would ring a phone for nobody; what is over takes no CANCEL.
    this.call?.cancel();
    this.leaveTrunk();
    this.options.routes.close();
  }

  private async takeRoute(): Promise<void> {
    const routed = await this.options.routes.next();
    if (this.abandoned) return routed?.release();
    if (routed === null) return this.endWithoutTrunk();
    this.routed = routed;
    this.ahead = [...routed.targets];
    try {
      this.invite(routed);
    } catch (error) {
      this.end(routed, { kind: 'unreachable', error: error as Error });
    }
  }

  private invite(routed: RoutedTrunk): void {
    const { agent, offer, parties, patienceMs, publicAddress, routes, credentialsOf } = this.options;
    const { trunk, targets } = routed;
    const credentials = this.options.login ?? credentialsOf(trunk);
    this.call = agent.invite({
      ...trunkInvite(trunk, parties, publicAddress),
      targets,
      offer: offer(trunk.publicAddress ?? undefined),
      handlers: this.handlers(routed),
      ...(credentials ? { credentials } : {}),
      ...(routes.hasMore() ? { firstResponseTimeoutMs: patienceMs } : {}),
    });
  }

  private handlers(routed: RoutedTrunk): OutgoingCallHandlers {
    const { feed, onReinvite, onReinviteAnswer } = this.options;
    const { trunk } = routed;
    return {
      onSent: (target) => {
        this.attempt = this.begin(routed, target);
        feed({ kind: 'sent' });
      },
      onTargetFailed: (failure) => this.endTarget(routed, failure),
      onProvisional: ({ status, reason }) => {
        this.hear(trunk);
        const input = inputOfProvisional(status, reason);
        if (input) feed(input);
      },
      onAnswered: (answer) => {
        this.hear(trunk);
        this.answer(answer);
      },
      onReinvite,
      onReinviteAnswer,
      onEnded: (end) => this.end(routed, end),
    };
  }

  private answer({ status, reason, body, dialog }: Parameters<OutgoingCallHandlers['onAnswered']>[0]) {
    this.options.onAnswer({ sdp: body.toString('utf8'), dialog });
    this.attempt?.end({ sipCode: status, sipReason: reason, q850Cause: null, failure: null });
    this.options.feed({ kind: 'answered', status, reason });
  }

  /** The trunk works on the call: whatever the phone does, the trunk is well. */
  private hear(trunk: Trunk): void {
    if (this.isHeard) return;
    this.isHeard = true;
    this.options.routes.tell(trunk, { kind: 'succeeded' });
  }

  private begin({ trunk, why }: RoutedTrunk, target: SipAddress | null): OpenAttempt {
    const where = target && formatTarget(target);
    return this.options.attempts.begin({ trunk: trunk.name, trunkSid: trunk.sid, target: where, why });
  }

  private endTarget(routed: RoutedTrunk, failure: TargetFailure): void {
    const { target, status, reason, q850 } = failure;
    if (failure.failure !== 'redirected') this.ahead.shift();
    if (failure.failure === 'unreachable') this.attempt ??= this.begin(routed, target);
    this.attempt?.end({
      sipCode: status,
      sipReason: reason,
      q850Cause: q850,
      failure: reasonOfTarget(failure),
      error: explainTarget(failure),
    });
    this.attempt = null;
  }

  private end(routed: RoutedTrunk, end: CallEnd): void {
    const outcome = outcomeOf(end);
    const { sipCode, sipReason, q850Cause, reason, failover } = outcome;
    this.judge(routed.trunk, end, outcome);
    this.leaveTrunk();
    this.last = outcome;
    this.tell(routed.trunk, end, outcome);
    // No INVITE left: there was no connection, or the certificate was another's. It was tried all the same.
    if (reason === 'unreachable') this.attempt ??= this.begin(routed, this.ahead[0] ?? null);
    this.attempt?.end({ sipCode, sipReason, q850Cause, failure: reason, error: explainEnd(end) });
    this.options.feed({ kind: 'leg-over', outcome, moreTrunks: failover && this.options.routes.hasMore() });
  }

  /** What the end says of the trunk itself, and not of who was called. */
  private judge(trunk: Trunk, end: CallEnd, { failover, sipCode, sipReason }: Outcome): void {
    if (this.isHeard) return;
    const { routes } = this.options;
    if (failover) {
      const isSilence = sipCode === null;
      const why = isSilence ? nameOf(end) : `${sipCode} ${sipReason ?? ''}`.trim();
      const retryAfterSeconds = end.kind === 'rejected' && end.status === 503 ? end.retryAfterSeconds : null;
      routes.tell(trunk, { kind: 'failed', trouble: { why, isSilence }, retryAfterSeconds });
    } else routes.tell(trunk, { kind: sipCode === null ? 'withdrawn' : 'succeeded' });
  }

  private leaveTrunk(): void {
    this.routed?.release();
    this.routed = null;
  }

  private endWithoutTrunk(): void {
    const { routes, history, feed, log, callSid } = this.options;
    const { reason, message } = routes.whyNone();
    const outcome = this.last ?? outcomeWithoutTrunk(reason);
    log.warn({ callSid, reason: outcome.reason, why: message }, 'there is no trunk for a call');
    history.note('warning', { message });
    feed({ kind: 'leg-over', outcome, moreTrunks: false });
  }

  /** For operators; the call's record lists its INVITEs itself. */
  private tell(tried: Trunk, end: CallEnd, { reason, sipCode, failover }: Outcome): void {
    const { callSid, history, meter, log, routes } = this.options;
    const { name: trunk } = tried;
    meter.legEnded(trunk, reason);
    const unfollowed = explainRedirect(tried, end);
    if (unfollowed) history.note('warning', { message: unfollowed });
    if (!failover && end.kind !== 'unreachable' && end.kind !== 'unauthorized') return;
    const err = end.kind === 'unreachable' ? end.error : undefined;
    log.warn({ callSid, trunk, reason, sipCode, err, moreTrunks: routes.hasMore() }, 'a trunk failed');
  }
}

function nameOf(end: CallEnd): string {
  return end.kind === 'unreachable' ? `unreachable (${end.error.message})` : 'no response';
}

/** 180 and 183 ring; 181 and 182 say that the far network works on it; 199 and the rest say nothing of the phone. */
function inputOfProvisional(status: number, reason: string): CallInput | null {
  if (status === 180 || status === 183) return { kind: 'ringing', status, reason };
  return status === 181 || status === 182 ? { kind: 'progress' } : null;
}
