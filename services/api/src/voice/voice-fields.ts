import { type Voice, voiceSchema } from '@trunkline/contracts';
import { z } from 'zod';
import type { Field } from '../represent/resource.js';

const { shape } = voiceSchema;

/** What is done with calls that come, as a resource shows it; `voiceOf` finds it in what is shown. */
export function voiceFields<T>(voiceOf: (item: T) => Voice): Field<T>[] {
  const text = (name: string, value: (voice: Voice) => string | null): Field<T> => ({
    name,
    kind: 'text',
    value: (item) => value(voiceOf(item)),
  });
  return [
    text('VoiceUrl', ({ url }) => url),
    text('VoiceMethod', ({ method }) => method),
    text('VoiceFallbackUrl', ({ fallbackUrl }) => fallbackUrl),
    text('VoiceFallbackMethod', ({ fallbackMethod }) => fallbackMethod),
    text('StatusCallback', ({ statusCallback }) => statusCallback),
    text('StatusCallbackMethod', ({ statusCallbackMethod }) => statusCallbackMethod),
    {
      name: 'StatusCallbackEvent',
      kind: 'text',
      notIn: ['json'],
      value: (item) => voiceOf(item).statusCallbackEvents.join(' '),
    },
    {
      name: 'StatusCallbackEvent',
      kind: 'object',
      value: (item) => voiceOf(item).statusCallbackEvents,
    },
  ];
}

/** The same in JSON at the door of 2012. */
export const voiceJsonShape = {
  voice_url: shape.url.describe('Null: calls are not taken'),
  voice_method: shape.method,
  voice_fallback_url: shape.fallbackUrl,
  voice_fallback_method: shape.fallbackMethod,
  status_callback: shape.statusCallback,
  status_callback_method: shape.statusCallbackMethod,
  status_callback_event: z.array(z.string()),
};
