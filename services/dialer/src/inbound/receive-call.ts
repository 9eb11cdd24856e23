import { type CallEvent, type CallRecord, type EndCall, isFinalStatus, recordOf } from '@trunkline/contracts';
import type { ScriptEnd } from '@trunkline/rcml';
import {
  type AnswerOptions,
  type IncomingCall,
  type IncomingCallEnd,
  Q850_NORMAL_CLEARING,
  type RingOptions,
  type Timer,
} from '@trunkline/sip';
import { MAX_TIMER_MS } from '../call/call-control.js';
import type { CallHistory } from '../call/call-history.js';
import type { CallInput } from '../call/call-machine.js';
import type { CallMedia, CallSurroundings } from '../call/call-surroundings.js';
import { createJournal, type Journal } from '../call/journal.js';
import { createLiveNote, type LiveNote } from '../call/live-note.js';
import { outcomeOf } from '../call/outcome.js';
import type { PlacedCall } from '../call/place-call.js';
import { httpStatusOf, inputOfLegEnd, isInbound } from './inbound-inputs.js';
import {
  answerInboundEnd,
  type InboundEffect,
  type InboundInput,
  type InboundStateName,
  type Refusal,
  stepInbound,
} from './inbound-machine.js';

/** What calls that come work with. */
export type InboundSurroundings = Pick<
  CallSurroundings,
  | 'source'
  | 'now'
  | 'chargeFor'
  | 'dialerId'
  | 'clock'
  | 'events'
  | 'notes'
  | 'mayNote'
  | 'runMarkup'
  | 'openHistory'
  | 'log'
> & { meter: Pick<CallSurroundings['meter'], 'published'> };

/** A call that is taken. */
export interface InboundOrder {
  /** The first event, that it rings; it is told once the call is noted. */
  first: CallEvent;
  leg: IncomingCall;
  /** How the leg has ended, when it has done so already. */
  ended: IncomingCallEnd | null;
  media: CallMedia;
  ring: RingOptions;
  answer: AnswerOptions;
}

/** Longer than it takes to bring any leg to its end: 64*T1 for the ACK, 64*T1 for the BYE. */
const LEG_END_MS = 90_000;
/** A caller that hears nothing for so long had better try another of us. */
const NOTE_PATIENCE_MS = 3_000;

/** Takes a call: notes it, lets it ring, and runs its markup. It has no fence, since no job would place it again. */
export function receiveCall(order: InboundOrder, surroundings: InboundSurroundings): PlacedCall {
  return new InboundCall(order, surroundings);
}

/** Feeds the machine and carries out what it says; decides nothing. */
class InboundCall implements PlacedCall {
  readonly sid: string;
  readonly claimId = '';
  readonly noted: Promise<void>;
  readonly over: Promise<void>;
  private state: InboundStateName = 'starting';
  private readonly inputs: InboundInput[] = [];
  private isStepping = false;
  private readonly journal: Journal;
  private readonly history: CallHistory;
  private readonly note: LiveNote;
  private readonly script = new AbortController();
  private isMediaOpen = true;
  /** Our SDP: the answer to the caller's offer, or an offer when it made none; null when there is nothing in common. */
  private sdp: string | null = null;
  private isAnswered = false;
  private tellAcked: () => void = () => {};
  private readonly acked = new Promise<void>((resolve) => {
    this.tellAcked = resolve;
  });
  private noteTimer: Timer | null = null;
  private talkTimer: Timer | null = null;
  private endTimer: Timer | null = null;
  private finish: () => void = () => {};
  private readonly actions: { [E in InboundEffect as E['do']]: (effect: E) => void } = {
    announce: () => this.announce(),
    publish: (effect) => this.publish(effect),
    ring: () => this.order.leg.ring(this.order.ring),
    'run-script': () => this.runScript(),
    answer: () => this.answer(),
    refuse: ({ refusal }) => this.refuse(refusal),
    'stop-script': () => this.script.abort(),
    'hang-up': () => this.hangUp(),
    release: () => this.release(),
  };

  constructor(
    private readonly order: InboundOrder,
    private readonly at: InboundSurroundings,
  ) {
    const { call } = recordOf(order.first);
    this.sid = call.sid;
    this.journal = createJournal({
      ...at,
      record: recordOf(order.first),
      publish: (event) => at.events.publish(event),
    });
    this.history = at.openHistory(call);
    this.note = this.createNote();
    this.over = new Promise((resolve) => {
      this.finish = resolve;
    });
    this.listen();
    this.noted = this.begin();
  }

  isNoted(): boolean {
    return this.note.isWritten();
  }

  record(): CallRecord {
    return this.journal.record();
  }

  stateName(): InboundStateName {
    return this.state;
  }

  answerEndRequest(asked: EndCall['status']): 'ending' | 'in-progress' | 'not-live' {
    return answerInboundEnd(this.state, asked);
  }

  /** What only a call that we placed can meet means nothing here. See `feed` there for the order. */
  feed(input: InboundInput | CallInput): void {
    if (!isInbound(input)) return;
    this.inputs.push(input);
    if (this.isStepping) return;
    this.isStepping = true;
    for (let next = this.inputs.shift(); next; next = this.inputs.shift()) this.step(next);
    this.isStepping = false;
  }

  private async begin(): Promise<void> {
    if (this.order.ended) this.takeLegEnd(this.order.ended);
    else if (!this.agree()) this.feed({ kind: 'media-failed' });
    if (this.state !== 'starting') return;
    this.noteTimer = this.at.clock.after(NOTE_PATIENCE_MS, () => this.feed({ kind: 'note-late' }));
    await this.note.write();
    this.noteTimer.cancel();
    if (this.note.isWritten()) this.feed({ kind: 'noted' });
  }

  private agree(): boolean {
    try {
      this.sdp = this.order.media.answer(this.order.leg.offer);
      return true;
    } catch (err) {
      this.at.log.warn({ callSid: this.sid, err }, 'an offer gives no usable audio');
      return false;
    }
  }

  private step(input: InboundInput): void {
    if (input.kind === 'disowned') this.note.forget();
    const { state, effects } = stepInbound(this.state, input);
    this.state = state;
    for (const effect of effects) {
      try {
        (this.actions[effect.do] as (effect: InboundEffect) => void)(effect);
      } catch (err) {
        this.at.log.error({ callSid: this.sid, effect: effect.do, err }, 'a step of a call failed');
      }
    }
  }

  private announce(): void {
    const { first } = this.order;
    this.at.events.publish(first);
    this.at.meter.published(first);
    const { from, to } = first.data;
    this.at.log.debug({ callSid: this.sid, from, to }, 'a call came');
  }

  private publish({ event: name, changes }: Extract<InboundEffect, { do: 'publish' }>): void {
    const event = this.journal.note(name, changes);
    this.at.meter.published(event);
    this.note.freshen();
    const { status, to, sipCode, endReason, durationSeconds } = event.data;
    const fields = { callSid: this.sid, to, status, sipCode };
    if (isFinalStatus(status)) this.at.log.info({ ...fields, endReason, durationSeconds }, 'call ended');
    else this.at.log.debug({ ...fields, event: name }, 'call went on');
  }

  private runScript(): void {
    const subject = {
      call: () => this.record().call,
      history: this.history,
      line: {
        isAnswered: () => this.isAnswered,
        answer: (signal: AbortSignal) => this.answerFor(signal),
        reject: async (reason: 'busy' | 'rejected') => this.feed({ kind: 'script-rejected', reason }),
      },
    };
    void this.at.runMarkup(subject, this.script.signal).then((end) => this.takeScriptEnd(end));
  }

  private takeScriptEnd(end: ScriptEnd): void {
    if (end.kind === 'ended') this.feed({ kind: 'script-over' });
    if (end.kind !== 'failed') return;
    this.at.log.warn({ callSid: this.sid, err: end.error }, 'no usable markup');
    this.feed({ kind: 'script-failed', httpStatus: httpStatusOf(end.error) });
  }

  /** Resolves when the caller has heard the answer: what is said before would be lost. @throws the signal's reason */
  private answerFor(signal: AbortSignal): Promise<void> {
    this.feed({ kind: 'answer' });
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason);
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      void this.acked.then(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
    });
  }

  private answer(): void {
    const { leg, answer, media } = this.order;
    this.isAnswered = true;
    leg.answer(this.sdp ?? '', answer);
    if (leg.offer !== '') media.start();
    void this.note.write();
    const { timeLimitSeconds } = this.record().call.instructions;
    if (timeLimitSeconds === null) return;
    const ms = Math.min(timeLimitSeconds * 1000, MAX_TIMER_MS);
    this.talkTimer = this.at.clock.after(ms, () => this.feed({ kind: 'time-limit' }));
  }

  private refuse({ status, reason, retryAfterSeconds }: Refusal): void {
    const headers: [string, string][] =
      retryAfterSeconds === undefined ? [] : [['Retry-After', String(retryAfterSeconds)]];
    this.order.leg.reject(status, { reason, headers });
  }

  private hangUp(): void {
    this.endTimer ??= this.at.clock.after(LEG_END_MS, () => {
      this.at.log.error({ callSid: this.sid, state: this.state }, 'a leg did not end by itself');
      this.feed({ kind: 'leg-over', outcome: outcomeOf({ kind: 'dialog-lost' }) });
    });
    this.talkTimer?.cancel();
    this.order.leg.bye(Q850_NORMAL_CLEARING);
    this.closeMedia();
  }

  private release(): void {
    for (const timer of [this.noteTimer, this.talkTimer, this.endTimer]) timer?.cancel();
    this.script.abort();
    this.closeMedia();
    void this.note.remove(() => this.at.events.settled(this.sid)).then(() => this.finish());
  }

  private closeMedia(): void {
    if (!this.isMediaOpen) return;
    this.isMediaOpen = false;
    this.order.media.close().catch((err: unknown) => {
      this.at.log.warn({ callSid: this.sid, err }, 'the audio of a call did not close');
    });
  }

  private listen(): void {
    const { leg, media } = this.order;
    leg.handlers = {
      onAnswerAcked: (sdp) => this.takeAck(sdp),
      onReinvite: (offer) => this.answerReinvite(offer),
      onReinviteAnswer: (sdp) => media.acceptAnswer(sdp),
      onEnded: (end) => this.takeLegEnd(end),
    };
  }

  /** The caller's answer, when the offer was ours (RFC 3261 §13.2.1). */
  private takeAck(sdp: string | null): void {
    try {
      if (sdp !== null) {
        this.order.media.acceptAnswer(sdp);
        this.order.media.start();
      }
    } catch (err) {
      this.at.log.warn({ callSid: this.sid, err }, 'the answer gives no usable audio');
      this.feed({ kind: 'media-failed' });
      return;
    }
    this.tellAcked();
  }

  /** Null refuses the new offer; the call goes on as it was (RFC 3261 §14.2). */
  private answerReinvite(offer: string): string | null {
    try {
      return this.order.media.answer(offer);
    } catch (err) {
      this.at.log.warn({ callSid: this.sid, err }, 'a re-INVITE was refused');
      return null;
    }
  }

  private takeLegEnd(end: IncomingCallEnd): void {
    this.feed(inputOfLegEnd(end, this.isAnswered));
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
        dialog: this.isAnswered ? this.order.leg.dialog() : null,
      }),
    });
  }
}
