import { z } from 'zod';

/**
 * Who decides a call. It is created once, before the first INVITE or before a queued call is ended, and outlives
 * every retry of the queue: whoever fails to create it does not dial.
 */
export const fenceSchema = z.object({
  /** The id of the process that decides the call. */
  owner: z.string(),
  kind: z.enum(['dialer', 'api']),
  /** Tells apart two attempts of one owner, so that a lost acknowledgement can be resolved by reading back. */
  claimId: z.string(),
  at: z.iso.datetime({ precision: 3 }),
});
export type Fence = z.infer<typeof fenceSchema>;

export const FENCES_BUCKET = 'fences';
/**
 * Twice the longest time that a call can wait for a dialer (JOB_MAX_AGE, which the dialer bounds): without its fence a
 * job that comes again would be dialed again. Not longer, since there is a key for each call of that time.
 */
export const FENCES_TTL_MS = 12 * 3_600_000;
