import type { MediaSession } from '@trunkline/media';
import type { CallEnd, Clock, OutgoingCall, SipAddress, Timer, UserAgent } from '@trunkline/sip';
import { answerOffer } from './answer-offer.js';

/** A call back to whoever called. */
export interface CallBack {
  /** The number that is called. */
  to: string;
  /** The number that calls. */
  from: string;
  /** Where the call came from. */
  at: SipAddress;
}

export interface CallerOptions {
  agent: Pick<UserAgent, 'invite'>;
  clock: Clock;
  openMedia: () => Promise<MediaSession>;
  onFinished: (call: CallBack, end: CallEnd) => void;
  onError: (error: Error) => void;
}

/** Nobody talks to a machine for longer. */
const MAX_TALK_MS = 60_000;

/** Makes what places calls: it stays on the line until the other side hangs up, a minute at most. */
export function createCaller(options: CallerOptions): (callBack: CallBack) => Promise<void> {
  return async (callBack) => {
    const media = await options.openMedia();
    try {
      place(callBack, media, options);
    } catch (error) {
      await media.close();
      throw error;
    }
  };
}

function place(callBack: CallBack, media: MediaSession, options: CallerOptions): void {
  const { agent, clock, onFinished, onError } = options;
  const { to, from, at } = callBack;
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  let limit: Timer | null = null;
  const call: OutgoingCall = agent.invite({
    requestUri: `sip:${to}@${host}:${at.port}`,
    from: { uri: `sip:${from}@${host}` },
    to: { uri: `sip:${to}@${host}` },
    targets: [at],
    offer: media.offer(),
    handlers: {
      onSent: () => {},
      onProvisional: () => {},
      onAnswered: ({ body }) => {
        media.acceptAnswer(body.toString('utf8'));
        media.start();
        limit = clock.after(MAX_TALK_MS, () => call.bye());
      },
      onReinvite: (offer) => answerOffer(media, offer),
      onEnded: (end) => {
        limit?.cancel();
        media.close().catch(onError);
        onFinished(callBack, end);
      },
    },
  });
}
