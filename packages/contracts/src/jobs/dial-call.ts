import type { z } from 'zod';
import { callRecordSchema } from '../call.js';

/**
 * The order to place one call. It carries the whole call, so that job and `queued` event can each rebuild the other.
 * A job's id is the call's Sid: the same call is in the queue once.
 */
export const dialCallSchema = callRecordSchema;
export type DialCall = z.infer<typeof dialCallSchema>;

export const DIAL_QUEUE = 'dial';
