import { CALLBACK_EVENTS, HTTP_METHODS, type Voice } from '@trunkline/contracts';
import type { z } from 'zod';
import { clearable, impossible, list, url, word } from '../parameters/kinds-of-value.js';

const verb = () => word(HTTP_METHODS, 'must be GET or POST').optional();

/** What is done with a call that comes, in the words of the original and of its kin. What is absent stays as it is. */
export const voiceParameters = {
  VoiceUrl: clearable(url())
    .optional()
    .describe('Where the markup for calls that come is. Without one they are not taken.'),
  VoiceMethod: verb().describe('How VoiceUrl is requested; POST unless told.'),
  VoiceFallbackUrl: clearable(url()).optional().describe('Where the markup is when VoiceUrl fails.'),
  VoiceFallbackMethod: verb().describe('How VoiceFallbackUrl is requested; POST unless told.'),
  VoiceApplicationSid: impossible('is not possible: there are no applications here, give VoiceUrl'),
  StatusCallback: clearable(url()).optional().describe('What is told of the progress of such calls.'),
  StatusCallbackMethod: verb().describe('How StatusCallback is requested; POST unless told.'),
  StatusCallbackEvent: list(CALLBACK_EVENTS)
    .optional()
    .describe('What it is told of: repeated, or with commas or blanks between; `completed` unless told.'),
};

type VoiceForm = z.output<z.ZodObject<typeof voiceParameters>>;

/** What is done with calls as long as nobody has said anything: they are not taken. */
export const PLAIN_VOICE: Voice = {
  url: null,
  method: 'POST',
  fallbackUrl: null,
  fallbackMethod: 'POST',
  statusCallback: null,
  statusCallbackMethod: 'POST',
  statusCallbackEvents: ['completed'],
};

/** What the form says of it, and nothing else. */
export function voiceChangesOf(form: VoiceForm): Partial<Voice> {
  return {
    ...(form.VoiceUrl !== undefined && { url: form.VoiceUrl }),
    ...(form.VoiceMethod !== undefined && { method: form.VoiceMethod }),
    ...(form.VoiceFallbackUrl !== undefined && { fallbackUrl: form.VoiceFallbackUrl }),
    ...(form.VoiceFallbackMethod !== undefined && { fallbackMethod: form.VoiceFallbackMethod }),
    ...(form.StatusCallback !== undefined && { statusCallback: form.StatusCallback }),
    ...(form.StatusCallbackMethod !== undefined && { statusCallbackMethod: form.StatusCallbackMethod }),
    ...(form.StatusCallbackEvent !== undefined && { statusCallbackEvents: form.StatusCallbackEvent }),
  };
}
