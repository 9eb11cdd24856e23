import { MediaError, type MediaSession, MediaSocketError, NoPortError } from '@trunkline/media';
import type { Clock, IncomingCall, IncomingCallEnd, Timer } from '@trunkline/sip';
import { answerOffer } from './answer-offer.js';
import type { CallBack } from './call-back.js';
import type { Behaviour, Phone } from './phone.js';

/** How a call ended, as the log and the metrics tell it. */
export interface FinishedCall {
  number: string;
  from: string;
  callId: string;
  end: IncomingCallEnd['kind'] | 'ignored';
  /** From the INVITE to the answer, or to the end of a call that was not answered. */
  ringMs: number;
  /** From the answer to the end; null when there was none. */
  talkMs: number | null;
}

export interface TakeCallOptions {
  clock: Clock;
  behaviour: Behaviour;
  openMedia: () => Promise<MediaSession>;
  callBack: (to: CallBack) => Promise<void>;
  onFinished: (call: FinishedCall) => void;
  onError: (error: Error) => void;
}

/** Lets a called number behave as it does, until the call is over. */
export function takeCall(call: IncomingCall, options: TakeCallOptions): void {
  new RingingPhone(call, options).start();
}

class RingingPhone implements Phone {
  private readonly timers = new Set<Timer>();
  private readonly invitedAt: number;
  private answeredAt: number | null = null;
  private opening: Promise<MediaSession> | null = null;
  private session: MediaSession | null = null;
  private finished = false;

  constructor(
    private readonly incoming: IncomingCall,
    private readonly options: TakeCallOptions,
  ) {
    this.invitedAt = options.clock.nowMs();
  }

  get call(): Phone['call'] {
    const { incoming } = this;
    return {
      request: incoming.request,
      ring: (how) => incoming.ring(how),
      reject: (status, how) => incoming.reject(status, how),
      bye: (cause) => incoming.bye(cause),
      ignore: () => {
        incoming.ignore();
        this.finish('ignored');
      },
    };
  }

  start(): void {
    const { handlers } = this.incoming;
    handlers.onEnded = ({ kind }) => this.finish(kind);
    handlers.onReinvite = (offer) => answerOffer(this.session, offer);
    handlers.onReinviteAnswer = (sdp) => this.session?.acceptAnswer(sdp);
    handlers.onAnswerAcked = (sdp) => {
      if (sdp !== null) this.session?.acceptAnswer(sdp);
    };
    this.attempt(() => this.options.behaviour(this));
  }

  async sdp(): Promise<string> {
    this.opening ??= this.options.openMedia();
    this.session = await this.opening;
    return this.session.answer(this.incoming.offer);
  }

  async answer(): Promise<void> {
    const sdp = await this.sdp();
    if (this.finished) return;
    this.answeredAt = this.options.clock.nowMs();
    this.incoming.answer(sdp);
    this.session?.start();
  }

  challenge(challenges: [string, string][]): void {
    this.letGo();
    this.incoming.reject(401, { reason: 'Unauthorized', headers: challenges });
  }

  callBack(ms: number): void {
    const { calledUser: from, callerUser: to, from: at } = this.incoming;
    const { clock, callBack, onError } = this.options;
    clock.after(ms, () => void callBack({ to, from, at }).catch(onError));
  }

  later(ms: number, act: () => void | Promise<void>): void {
    if (this.finished) return;
    const timer = this.options.clock.after(ms, () => {
      this.timers.delete(timer);
      this.attempt(act);
    });
    this.timers.add(timer);
  }

  /** A behaviour that fails refuses the call, or hangs up when it was answered. */
  private attempt(act: () => void | Promise<void>): void {
    Promise.resolve()
      .then(() => (this.finished ? undefined : act()))
      .catch((error: Error) => {
        this.options.onError(error);
        if (this.answeredAt === null) this.incoming.reject(statusFor(error));
        else this.incoming.bye();
      });
  }

  private finish(end: FinishedCall['end']): void {
    if (this.finished) return;
    this.letGo();
    const now = this.options.clock.nowMs();
    this.options.onFinished({
      number: this.incoming.calledUser,
      from: this.incoming.callerUser,
      callId: this.incoming.callId,
      end,
      ringMs: Math.round((this.answeredAt ?? now) - this.invitedAt),
      talkMs: this.answeredAt === null ? null : Math.round(now - this.answeredAt),
    });
  }

  /** A session that could not be opened was told where it was asked for. */
  private letGo(): void {
    this.finished = true;
    for (const timer of this.timers) timer.cancel();
    const { onError } = this.options;
    this.opening?.then(
      (session) => session.close().catch(onError),
      () => {},
    );
  }
}

/** RFC 3261 §21.4.26 for want of a usable offer, §21.5.4 for want of a port, §21.5.1 for the rest. */
function statusFor(error: Error): number {
  if (error instanceof MediaError) return 488;
  return error instanceof NoPortError || error instanceof MediaSocketError ? 503 : 500;
}
