import { z } from 'zod';

/**
 * A living dialer. It renews its key; when the key is gone, so is the dialer. The other dialers ask for nothing but its
 * id; the rest is for operators, who list the bucket (`nats kv get`).
 */
export const leaseSchema = z.object({
  dialerId: z.string(),
  /** Where it sends and takes SIP: `host:port`. */
  sipAddress: z.string(),
  startedAt: z.iso.datetime({ precision: 3 }),
  /** It was asked to stop: it takes no new calls any more. */
  draining: z.boolean(),
});
export type Lease = z.infer<typeof leaseSchema>;

export const DIALERS_BUCKET = 'dialers';
export const LEASE_TTL_MS = 10_000;
