import type { CallRecord, EndCall } from '@trunkline/contracts';
import type { Timer } from '@trunkline/sip';
import { isExpired } from '../jobs/is-expired.js';
import type { Routes } from '../trunks/routes.js';
import {
  answerEndRequest,
  type CallEffect,
  type CallInput,
  type CallState,
  type CallStateName,
  FIRST_STATE,
  stepCall,
} from './call-machine.js';
import { CallRunner } from './call-runner.js';
import type { CallMedia, CallSurroundings } from './call-surroundings.js';
import { openLeg } from './open-leg.js';
import { outcomeOf } from './outcome.js';
import type { Leg, LegAnswer } from './place-leg.js';
import { warnOfUndone } from './warn-of-undone.js';
import { watchAttempts } from './watch-attempts.js';

/** A call to place, whose fence is held. */
export interface CallOrder {
  record: CallRecord;
  /** The claim in its fence. */
  claimId: string;
  media: CallMedia;
  /** Its ways over trunks, of which the first may be taken already; null when it is for a client. */
  routes: Routes | null;
}

/** A call that this dialer holds. */
export interface PlacedCall {
  readonly sid: string;
  readonly claimId: string;
  /** Resolves when the others could end the call if this process died; no INVITE leaves before. */
  readonly noted: Promise<void>;
  /** Resolves when nothing is left of the call: leg gone, events acknowledged, note removed. */
  readonly over: Promise<void>;
  isNoted(): boolean;
  record(): CallRecord;
  stateName(): CallStateName;
  /** What to answer to a request to end it; `ending` also means: feed the request. */
  answerEndRequest(asked: EndCall['status']): 'ending' | 'in-progress' | 'not-live';
  feed(input: CallInput): void;
}

/** How long the far end has the last word after a CANCEL: several of its retransmissions. */
const CANCEL_PATIENCE_MS = 4_000;

/** Starts to place a call: notes it, then sends the INVITE. */
export function placeCall(order: CallOrder, surroundings: CallSurroundings): PlacedCall {
  return new OutboundCall(order, surroundings);
}

/** Carries out what the machine says about the leg to the phone; decides nothing. */
class OutboundCall implements PlacedCall {
  readonly sid: string;
  readonly claimId: string;
  readonly noted: Promise<void>;
  readonly over: Promise<void>;
  private readonly runner: CallRunner<CallState, CallInput, CallEffect>;
  private readonly leg: Leg;
  private answer: LegAnswer | null = null;
  private ringTimer: Timer | null = null;

  constructor(
    private readonly order: CallOrder,
    private readonly at: CallSurroundings,
  ) {
    const { record, claimId, media } = order;
    this.sid = record.call.sid;
    this.claimId = claimId;
    this.runner = new CallRunner<CallState, CallInput, CallEffect>(
      {
        record,
        media,
        state: FIRST_STATE,
        step: stepCall,
        actions: this.actions(),
        dialog: () => this.answer?.dialog ?? null,
        whenLost: () => ({
          kind: 'leg-over',
          outcome: outcomeOf({ kind: 'dialog-lost' }),
          moreTrunks: false,
        }),
      },
      at,
    );
    this.over = this.runner.over;
    this.leg = this.createLeg();
    this.noted = this.begin();
  }

  isNoted(): boolean {
    return this.runner.isNoted();
  }

  record(): CallRecord {
    return this.runner.record();
  }

  stateName(): CallStateName {
    return this.runner.state.name;
  }

  answerEndRequest(asked: EndCall['status']): 'ending' | 'in-progress' | 'not-live' {
    return answerEndRequest(this.runner.state, asked);
  }

  feed(input: CallInput): void {
    if (input.kind === 'sent') this.at.meter.inviteSent();
    this.runner.feed(input);
  }

  private actions(): { [E in CallEffect as E['do']]: (effect: E) => void } {
    return {
      publish: (effect) => this.runner.publish(effect),
      'start-ring-timer': () => this.startRingTimer(),
      'stop-ring-timer': () => this.ringTimer?.cancel(),
      'next-trunk': () => this.leg.next(),
      cancel: () => this.cancel(),
      connect: () => this.connect(),
      'stop-script': () => this.runner.stopScript(),
      'hang-up': () => this.hangUp(),
      release: () => this.release(),
    };
  }

  private async begin(): Promise<void> {
    await this.runner.writeNote();
    if (this.stateName() !== 'starting') return;
    const { now, jobMaxAgeMs } = this.at;
    if (isExpired(this.runner.call, now(), jobMaxAgeMs)) this.feed({ kind: 'expired' });
    else this.leg.next();
  }

  private startRingTimer(): void {
    const ms = this.runner.call.instructions.ringTimeoutSeconds * 1000;
    this.ringTimer = this.runner.after(ms, { kind: 'ring-timeout' });
  }

  private connect(): void {
    void this.runner.writeNote();
    if (!this.runner.joinAudio(this.answer?.sdp ?? '')) return;
    this.runner.limitTalk();
    warnOfUndone(this.runner.call, this.runner.history);
    this.runner.runScript(() => ({ kind: 'script-failed' }));
  }

  private cancel(): void {
    this.runner.expectEnd();
    this.runner.after(CANCEL_PATIENCE_MS, { kind: 'cancel-overdue' });
    this.leg.cancel();
  }

  private hangUp(): void {
    this.runner.expectEnd();
    this.leg.hangUp();
    this.runner.endTalk();
  }

  private release(): void {
    this.leg.abandon();
    this.runner.release();
  }

  private createLeg(): Leg {
    const { runner, order, at } = this;
    return openLeg(
      { call: runner.call, history: runner.history, routes: order.routes },
      {
        offer: (publicHost) => order.media.offer(publicHost),
        attempts: watchAttempts({
          call: () => runner.call,
          keep: (attempts) => runner.keep({ attempts }),
          takenBackFor: () => (runner.state.name === 'canceling' ? runner.state.ending.reason : null),
          now: at.now,
        }),
        onReinvite: (offer) => runner.answerReinvite(offer),
        onReinviteAnswer: (answer) => order.media.acceptAnswer(answer),
        onAnswer: (answer) => {
          this.answer = answer;
        },
        feed: (input) => this.feed(input),
      },
      at,
    );
  }
}
