import type { Call } from '@trunkline/contracts';
import type { z } from 'zod';
import { boolean, list, method, url, word } from '../parameters/kinds-of-value.js';
import { onlyKept } from './only-kept.js';

/** Whether and how the call is recorded. */
export const recordingParameters = {
  Record: boolean().default(false).describe(onlyKept('Whether the call is recorded from its answer on.')),
  RecordingChannels: word(['mono', 'dual'])
    .default('mono')
    .describe(onlyKept('Whether both sides are in one channel, or each in its own.')),
  RecordingTrack: word(['inbound', 'outbound', 'both'])
    .default('both')
    .describe(onlyKept('Which side is recorded.')),
  Trim: word(['trim-silence', 'do-not-trim'])
    .default('trim-silence')
    .describe(onlyKept('Whether silence at both ends is cut off.')),
  RecordingStatusCallback: url().optional().describe(onlyKept('What is told when the recording is ready.')),
  RecordingStatusCallbackMethod: method().describe(onlyKept('How RecordingStatusCallback is requested.')),
  RecordingStatusCallbackEvent: list(['in-progress', 'completed', 'absent'])
    .default(['completed'])
    .describe(onlyKept('What it is told of: repeated, or with commas or blanks between.')),
};

export function recordOf(
  form: z.output<z.ZodObject<typeof recordingParameters>>,
): Call['instructions']['record'] {
  if (!form.Record) return null;
  return {
    channels: form.RecordingChannels,
    track: form.RecordingTrack,
    trim: form.Trim,
    callbackUrl: form.RecordingStatusCallback ?? null,
    callbackMethod: form.RecordingStatusCallbackMethod,
    callbackEvents: form.RecordingStatusCallbackEvent,
  };
}
