import { type Call, type CallRecord, type EndCall, isFinalStatus } from '@trunkline/contracts';
import type { ScriptEnd } from '@trunkline/rcml';
import type { Timer } from '@trunkline/sip';
import { isExpired } from '../is-expired.js';
import type { Routes } from '../trunks/routes.js';
import type { AttemptWatch } from './attempts.js';
import { MAX_TIMER_MS } from './call-control.js';
import type { CallHistory } from './call-history.js';
import {
  answerEndRequest,
  type CallEffect,
  type CallInput,
  type CallState,
  type CallStateName,
  FIRST_STATE,
  stepCall,
} from './call-machine.js';
import type { CallMedia, CallSurroundings } from './call-surroundings.js';
import { createJournal, type Journal } from './journal.js';
import { createLiveNote, type LiveNote } from './live-note.js';
import { type LegTies, openLeg } from './open-leg.js';
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

/**
 * Longer than SIP takes to bring any leg to an end: 64*T1 until the INVITE is given up, 64*T1 more for a CANCEL (RFC 3261
 * §9.1, §17.1.1.2). After it a call counts as gone, so that no leg can hold its place for ever.
 */
const LEG_END_MS = 90_000;
/** How long the far end has the last word after a CANCEL: several of its retransmissions. */
const CANCEL_PATIENCE_MS = 4_000;

/** Starts to place a call: notes it, then sends the INVITE. */
export function placeCall(order: CallOrder, surroundings: CallSurroundings): PlacedCall {
  return new OutboundCall(order, surroundings);
}

/** Feeds the machine and carries out what it says; decides nothing. */
class OutboundCall implements PlacedCall {
  readonly sid: string;
  readonly claimId: string;
  readonly noted: Promise<void>;
  readonly over: Promise<void>;
  private state: CallState = FIRST_STATE;
  private readonly inputs: CallInput[] = [];
  private isStepping = false;
  private readonly journal: Journal;
  private readonly history: CallHistory;
  private readonly note: LiveNote;
  private readonly leg: Leg;
  private readonly media: CallMedia;
  private isMediaOpen = true;
  private answer: LegAnswer | null = null;
  private readonly script = new AbortController();
  private ringTimer: Timer | null = null;
  private talkTimer: Timer | null = null;
  private endTimer: Timer | null = null;
  private cancelTimer: Timer | null = null;
  private finish: () => void = () => {};
  private readonly actions: { [E in CallEffect as E['do']]: (effect: E) => void } = {
    publish: (effect) => this.publish(effect),
    'start-ring-timer': () => this.startRingTimer(),
    'stop-ring-timer': () => this.ringTimer?.cancel(),
    'next-trunk': () => this.leg.next(),
    cancel: () => this.cancel(),
    connect: () => this.connect(),
    'stop-script': () => this.script.abort(),
    'hang-up': () => this.hangUp(),
    release: () => this.release(),
  };

  constructor(
    { record, claimId, media, routes }: CallOrder,
    private readonly at: CallSurroundings,
  ) {
    this.sid = record.call.sid;
    this.claimId = claimId;
    this.media = media;
    this.journal = createJournal({ ...at, record, publish: (event) => at.events.publish(event) });
    this.history = at.openHistory(record.call);
    this.note = this.createNote();
    this.leg = this.createLeg(routes);
    this.over = new Promise((resolve) => {
      this.finish = resolve;
    });
    this.noted = this.begin();
  }

  isNoted(): boolean {
    return this.note.isWritten();
  }

  record(): CallRecord {
    return this.journal.record();
  }

  stateName(): CallStateName {
    return this.state.name;
  }

  answerEndRequest(asked: EndCall['status']): 'ending' | 'in-progress' | 'not-live' {
    return answerEndRequest(this.state, asked);
  }

  /** Inputs that effects bring about wait for their turn, so that effects are never carried out out of order. */
  feed(input: CallInput): void {
    this.inputs.push(input);
    if (this.isStepping) return;
    this.isStepping = true;
    for (let next = this.inputs.shift(); next; next = this.inputs.shift()) this.step(next);
    this.isStepping = false;
  }

  private async begin(): Promise<void> {
    await this.note.write();
    if (this.state.name !== 'starting') return;
    const { now, jobMaxAgeMs } = this.at;
    if (isExpired(this.record().call, now(), jobMaxAgeMs)) this.feed({ kind: 'expired' });
    else this.leg.next();
  }

  private step(input: CallInput): void {
    if (input.kind === 'sent') this.at.meter.inviteSent();
    if (input.kind === 'disowned') this.note.forget();
    const { state, effects } = stepCall(this.state, input);
    this.state = state;
    for (const effect of effects) {
      try {
        (this.actions[effect.do] as (effect: CallEffect) => void)(effect);
      } catch (err) {
        this.at.log.error({ callSid: this.sid, effect: effect.do, err }, 'a step of a call failed');
      }
    }
  }

  private publish({ event: name, changes }: Extract<CallEffect, { do: 'publish' }>): void {
    const event = this.journal.note(name, changes);
    this.at.meter.published(event);
    this.note.freshen();
    const { status, to, sipCode, endReason, durationSeconds } = event.data;
    const fields = { callSid: this.sid, to, status, sipCode };
    if (isFinalStatus(status)) this.at.log.info({ ...fields, endReason, durationSeconds }, 'call ended');
    else this.at.log.debug({ ...fields, event: name }, 'call went on');
  }

  private startRingTimer(): void {
    const ms = this.record().call.instructions.ringTimeoutSeconds * 1000;
    this.ringTimer = this.at.clock.after(ms, () => this.feed({ kind: 'ring-timeout' }));
  }

  private connect(): void {
    void this.note.write();
    try {
      this.media.acceptAnswer(this.answer?.sdp ?? '');
      this.media.start();
    } catch (err) {
      this.at.log.warn({ callSid: this.sid, err }, 'the answer gives no usable audio');
      this.feed({ kind: 'media-failed' });
      return;
    }
    this.startTalk(this.record().call);
  }

  private startTalk(call: Call): void {
    const { clock, runMarkup } = this.at;
    const { timeLimitSeconds } = call.instructions;
    if (timeLimitSeconds !== null) {
      const ms = Math.min(timeLimitSeconds * 1000, MAX_TIMER_MS);
      this.talkTimer = clock.after(ms, () => this.feed({ kind: 'time-limit' }));
    }
    warnOfUndone(call, this.history);
    const subject = { call: () => this.record().call, history: this.history };
    void runMarkup(subject, this.script.signal).then((end) => this.takeScriptEnd(end));
  }

  private takeScriptEnd(end: ScriptEnd): void {
    if (end.kind === 'stopped') return;
    if (end.kind === 'failed') {
      this.at.log.warn({ callSid: this.sid, err: end.error }, 'no usable markup');
      this.feed({ kind: 'script-failed' });
    } else this.feed({ kind: 'script-over' });
  }

  private cancel(): void {
    this.expectEnd();
    this.cancelTimer = this.at.clock.after(CANCEL_PATIENCE_MS, () => this.feed({ kind: 'cancel-overdue' }));
    this.leg.cancel();
  }

  private hangUp(): void {
    this.expectEnd();
    this.talkTimer?.cancel();
    this.leg.hangUp();
    this.closeMedia();
  }

  /** Bounds the wait for the leg's own end. */
  private expectEnd(): void {
    this.endTimer ??= this.at.clock.after(LEG_END_MS, () => {
      this.at.log.error({ callSid: this.sid, state: this.state.name }, 'a leg did not end by itself');
      this.feed({ kind: 'leg-over', outcome: outcomeOf({ kind: 'dialog-lost' }), moreTrunks: false });
    });
  }

  private release(): void {
    this.leg.abandon();
    for (const timer of [this.ringTimer, this.talkTimer, this.endTimer, this.cancelTimer]) timer?.cancel();
    this.script.abort();
    this.closeMedia();
    void this.note.remove(() => this.at.events.settled(this.sid)).then(() => this.finish());
  }

  private closeMedia(): void {
    if (!this.isMediaOpen) return;
    this.isMediaOpen = false;
    this.media.close().catch((err: unknown) => {
      this.at.log.warn({ callSid: this.sid, err }, 'the audio of a call did not close');
    });
  }

  private createNote(): LiveNote {
    return createLiveNote({
      store: this.at.notes,
      clock: this.at.clock,
      mayWrite: this.at.mayNote,
      onTaken: () => this.feed({ kind: 'disowned' }),
      log: this.at.log,
      snapshot: () => ({
        owner: this.at.dialerId,
        record: this.journal.record(),
        dialog: this.answer?.dialog ?? null,
      }),
    });
  }

  private createLeg(routes: Routes | null): Leg {
    const ties: LegTies = {
      offer: (publicHost) => this.media.offer(publicHost),
      attempts: this.watchAttempts(),
      onReinvite: (offer) => this.answerReinvite(offer),
      onReinviteAnswer: (answer) => this.media.acceptAnswer(answer),
      onAnswer: (answer) => {
        this.answer = answer;
      },
      feed: (input) => this.feed(input),
    };
    return openLeg({ call: this.record().call, history: this.history, routes }, ties, this.at);
  }

  private watchAttempts(): AttemptWatch {
    return watchAttempts({
      call: () => this.record().call,
      keep: (attempts) => {
        this.journal.add({ attempts });
        this.note.freshen();
      },
      takenBackFor: () => (this.state.name === 'canceling' ? this.state.ending.reason : null),
      now: this.at.now,
    });
  }

  /** Null refuses the new offer; the call goes on as it was (RFC 3261 §14.2). */
  private answerReinvite(offer: string): string | null {
    try {
      return this.media.answer(offer);
    } catch (err) {
      this.at.log.warn({ callSid: this.sid, err }, 'a re-INVITE was refused');
      return null;
    }
  }
}
