import { z } from 'zod';
import { sidSchema } from '../ids.js';
import { voiceSchema } from './phone-number.js';

/** A softphone, or several of one person: it registers with a dialer, is called by its name, and calls. */
export const clientSchema = z.object({
  sid: sidSchema('CL'),
  accountSid: sidSchema('AC'),
  /** User part of its address and its digest user name; unique in its account, case-sensitive. */
  login: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, . _ and -'),
  friendlyName: z.string().max(64),
  /** false: it can neither register nor call, and is not called. */
  enabled: z.boolean(),
  /** Sealed for this client's Sid (see packages/directory), in base64. */
  passwordSealed: z.string(),
  voice: voiceSchema,
  dateCreated: z.iso.datetime({ precision: 3 }),
  dateUpdated: z.iso.datetime({ precision: 3 }),
});
export type Client = z.infer<typeof clientSchema>;
