import { z } from 'zod';
import { callRecordSchema } from '../call.js';

/**
 * The order to place one call. It carries the whole call, so that job and `queued` event can each rebuild the other.
 * A job's id is the call's Sid: the same call is in the queue once.
 */
export const dialCallSchema = callRecordSchema.extend({
  /**
   * Set by the reconciler alone: when history, which had caught up with the stream by then, still called this call
   * queued. It proves that whoever decided the call well before that moment never told what became of it.
   */
  reconciledAt: z.iso.datetime({ precision: 3 }).optional(),
});
export type DialCall = z.infer<typeof dialCallSchema>;

export const DIAL_QUEUE = 'dial';
