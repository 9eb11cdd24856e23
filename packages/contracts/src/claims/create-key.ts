import { z } from 'zod';
import { sidSchema } from '../ids.js';

/** What an Idempotency-Key stands for: one call, made from one body. */
export const createKeySchema = z.object({
  callSid: sidSchema('CA'),
  /** SHA-256 of the parameters as they were understood, in hex. */
  bodyHash: z.string(),
  at: z.iso.datetime({ precision: 3 }),
});
export type CreateKey = z.infer<typeof createKeySchema>;

export const CREATE_KEYS_BUCKET = 'create';
export const CREATE_KEYS_TTL_MS = 24 * 3_600_000;
