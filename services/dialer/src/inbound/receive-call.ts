import { type CallEvent, type CallRecord, type EndCall, recordOf } from '@trunkline/contracts';
import {
  type AnswerOptions,
  type IncomingCall,
  type IncomingCallEnd,
  Q850_NORMAL_CLEARING,
  type RingOptions,
} from '@trunkline/sip';
import type { CallInput } from '../call/call-machine.js';
import { CallRunner, type RunnerSurroundings } from '../call/call-runner.js';
import type { CallMedia } from '../call/call-surroundings.js';
import type { CallLine } from '../call/fetch-markup.js';
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

/** A caller that hears nothing for so long had better try another of us. */
const NOTE_PATIENCE_MS = 3_000;

/** Takes a call: notes it, lets it ring, and runs its markup. It has no fence, since no job would place it again. */
export function receiveCall(order: InboundOrder, surroundings: RunnerSurroundings): PlacedCall {
  return new InboundCall(order, surroundings);
}

/** Carries out what the machine says about the caller's leg; decides nothing. */
class InboundCall implements PlacedCall {
  readonly sid: string;
  readonly claimId = '';
  readonly noted: Promise<void>;
  readonly over: Promise<void>;
  private readonly runner: CallRunner<InboundStateName, InboundInput, InboundEffect>;
  /** Our SDP: the answer to the caller's offer, or an offer when it made none; null when there is nothing in common. */
  private sdp: string | null = null;
  private isAnswered = false;
  private tellAcked: () => void = () => {};
  private readonly acked = new Promise<void>((resolve) => {
    this.tellAcked = resolve;
  });

  constructor(
    private readonly order: InboundOrder,
    private readonly at: RunnerSurroundings,
  ) {
    const record = recordOf(order.first);
    this.sid = record.call.sid;
    this.runner = new CallRunner<InboundStateName, InboundInput, InboundEffect>(
      {
        record,
        media: order.media,
        state: 'starting',
        step: stepInbound,
        actions: this.actions(),
        dialog: () => (this.isAnswered ? order.leg.dialog() : null),
        whenLost: () => ({ kind: 'leg-over', outcome: outcomeOf({ kind: 'dialog-lost' }) }),
      },
      at,
    );
    this.over = this.runner.over;
    this.listen();
    this.noted = this.begin();
  }

  isNoted(): boolean {
    return this.runner.isNoted();
  }

  record(): CallRecord {
    return this.runner.record();
  }

  stateName(): InboundStateName {
    return this.runner.state;
  }

  answerEndRequest(asked: EndCall['status']): 'ending' | 'in-progress' | 'not-live' {
    return answerInboundEnd(this.runner.state, asked);
  }

  /** What only a call that we placed can meet means nothing here. */
  feed(input: InboundInput | CallInput): void {
    if (isInbound(input)) this.runner.feed(input);
  }

  private actions(): { [E in InboundEffect as E['do']]: (effect: E) => void } {
    const { leg, ring } = this.order;
    return {
      announce: () => this.announce(),
      publish: (effect) => this.runner.publish(effect),
      ring: () => leg.ring(ring),
      'run-script': () => this.runScript(),
      answer: () => this.answer(),
      refuse: ({ refusal }) => this.refuse(refusal),
      'stop-script': () => this.runner.stopScript(),
      'hang-up': () => this.hangUp(),
      release: () => this.runner.release(),
    };
  }

  private async begin(): Promise<void> {
    if (this.order.ended) this.takeLegEnd(this.order.ended);
    else if (!this.agree()) this.feed({ kind: 'media-failed' });
    if (this.stateName() !== 'starting') return;
    const late = this.runner.after(NOTE_PATIENCE_MS, { kind: 'note-late' });
    await this.runner.writeNote();
    late.cancel();
    if (this.isNoted()) this.feed({ kind: 'noted' });
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

  private announce(): void {
    const { first } = this.order;
    this.at.events.publish(first);
    this.at.meter.published(first);
    const { from, to } = first.data;
    this.at.log.debug({ callSid: this.sid, from, to }, 'a call came');
  }

  private runScript(): void {
    const line: CallLine = {
      isAnswered: () => this.isAnswered,
      answer: (signal: AbortSignal) => this.answerFor(signal),
      reject: async (reason: 'busy' | 'rejected') => this.feed({ kind: 'script-rejected', reason }),
    };
    this.runner.runScript((error) => ({ kind: 'script-failed', httpStatus: httpStatusOf(error) }), line);
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
    void this.runner.writeNote();
    this.runner.limitTalk();
  }

  private refuse({ status, reason, retryAfterSeconds }: Refusal): void {
    const headers: [string, string][] =
      retryAfterSeconds === undefined ? [] : [['Retry-After', String(retryAfterSeconds)]];
    this.order.leg.reject(status, { reason, headers });
  }

  private hangUp(): void {
    this.runner.expectEnd();
    this.order.leg.bye(Q850_NORMAL_CLEARING);
    this.runner.endTalk();
  }

  private listen(): void {
    const { leg, media } = this.order;
    leg.handlers = {
      onAnswerAcked: (sdp) => this.takeAck(sdp),
      onReinvite: (offer) => this.runner.answerReinvite(offer),
      onReinviteAnswer: (sdp) => media.acceptAnswer(sdp),
      onEnded: (end) => this.takeLegEnd(end),
    };
  }

  /** With the caller's answer, when the offer was ours (RFC 3261 §13.2.1). */
  private takeAck(sdp: string | null): void {
    if (sdp === null || this.runner.joinAudio(sdp)) this.tellAcked();
  }

  private takeLegEnd(end: IncomingCallEnd): void {
    this.feed(inputOfLegEnd(end, this.isAnswered));
  }
}
