import { z } from 'zod';

/** A living dialer. It renews its key; when the key is gone, so is the dialer. */
export const leaseSchema = z.object({
  dialerId: z.string(),
  sipAddress: z.string(),
  startedAt: z.iso.datetime({ precision: 3 }),
  /** Takes no new calls any more. */
  draining: z.boolean(),
});
export type Lease = z.infer<typeof leaseSchema>;

export const DIALERS_BUCKET = 'dialers';
export const LEASE_TTL_MS = 10_000;
