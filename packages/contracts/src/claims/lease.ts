import { z } from 'zod';

/** What one dialer knows of a trunk. */
const trunkHealthSchema = z.object({
  /** `suspended`: it asked for a pause (Retry-After), or failed too often; `unknown`: it was not asked yet. */
  state: z.enum(['up', 'down', 'suspended', 'unknown']),
  /** Whether it is registered there; null where it is not to be, or by another dialer. */
  registered: z.boolean().nullable(),
  /** Why it is not up, or not registered; null when all is well. */
  reason: z.string().nullable(),
});
export type TrunkHealth = z.infer<typeof trunkHealthSchema>;

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
  /** How the trunks look from there, by Sid. */
  trunks: z.record(z.string(), trunkHealthSchema).default({}),
});
export type Lease = z.infer<typeof leaseSchema>;

export const DIALERS_BUCKET = 'dialers';
export const LEASE_TTL_MS = 10_000;
