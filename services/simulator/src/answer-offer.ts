import { MediaError, type MediaSession } from '@trunkline/media';

/** The answer to a new offer of the far end; null, which refuses it, when nothing can be agreed on or there is no audio yet. */
export function answerOffer(session: MediaSession | null, offer: string): string | null {
  try {
    return session?.answer(offer) ?? null;
  } catch (error) {
    if (error instanceof MediaError) return null;
    throw error;
  }
}
