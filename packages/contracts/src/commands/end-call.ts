import { z } from 'zod';
import { callSchema } from '../call.js';
import { sidSchema } from '../ids.js';

/**
 * Ask the dialer that holds a call to end it. `canceled` ends it only before it is answered; `completed` ends it in
 * any state.
 */
export const endCallSchema = z.object({
  callSid: sidSchema('CA'),
  status: z.enum(['canceled', 'completed']),
});
export type EndCall = z.infer<typeof endCallSchema>;

/**
 * What became of it. `ending`: the CANCEL or BYE is on its way, the final status follows as an event. `in-progress`:
 * asked to cancel an answered call, nothing was done. `not-live`: this dialer has no such call (any more).
 */
export const endCallReplySchema = z.discriminatedUnion('result', [
  z.object({ result: z.literal('ending'), call: callSchema }),
  z.object({ result: z.literal('in-progress'), call: callSchema }),
  z.object({ result: z.literal('not-live') }),
]);
export type EndCallReply = z.infer<typeof endCallReplySchema>;

/** The subject on which a dialer takes this command. */
export function endCallSubject(dialerId: string): string {
  return `commands.${dialerId}.end-call`;
}
