import { z } from 'zod';
import { CALLBACK_EVENTS, HTTP_METHODS } from '../call.js';
import { sidSchema } from '../ids.js';

/** What is done with a call that comes to a number or from a client. */
export const voiceSchema = z.object({
  /** Null: such calls are not taken. */
  url: z.string().nullable(),
  method: z.enum(HTTP_METHODS),
  fallbackUrl: z.string().nullable(),
  fallbackMethod: z.enum(HTTP_METHODS),
  statusCallback: z.string().nullable(),
  statusCallbackMethod: z.enum(HTTP_METHODS),
  statusCallbackEvents: z.array(z.enum(CALLBACK_EVENTS)),
});
export type Voice = z.infer<typeof voiceSchema>;

/** A number of ours: calls to it are its account's, over its own trunks and those of the accounts above it. */
export const phoneNumberSchema = z.object({
  sid: sidSchema('PN'),
  accountSid: sidSchema('AC'),
  /** Digits, with a plus in front where it is an E.164 number. Unique in the cluster, the plus not counted. */
  phoneNumber: z.string().regex(/^\+?\d{1,20}$/, 'must be digits, with or without a plus in front'),
  friendlyName: z.string().max(64),
  voice: voiceSchema,
  dateCreated: z.iso.datetime({ precision: 3 }),
  dateUpdated: z.iso.datetime({ precision: 3 }),
});
export type PhoneNumber = z.infer<typeof phoneNumberSchema>;
