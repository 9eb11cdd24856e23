import { CALLBACK_EVENTS, type Call } from '@trunkline/contracts';
import type { z } from 'zod';
import { list, method, url } from '../parameters/kinds-of-value.js';

/** Who is told how the call gets on. */
export const callbackParameters = {
  StatusCallback: url().optional().describe('What is told of the progress of the call.'),
  StatusCallbackMethod: method().describe('How StatusCallback is requested.'),
  StatusCallbackEvent: list(CALLBACK_EVENTS)
    .default(['completed'])
    .describe('What it is told of: repeated, or with commas or blanks between.'),
};

/** Everything is checked even when there is no StatusCallback: a wrong value is a mistake in any case. */
export function statusCallbackOf(
  form: z.output<z.ZodObject<typeof callbackParameters>>,
): Call['statusCallback'] {
  if (form.StatusCallback === undefined) return null;
  return {
    url: form.StatusCallback,
    method: form.StatusCallbackMethod,
    events: form.StatusCallbackEvent,
    dueCount: 0,
  };
}
