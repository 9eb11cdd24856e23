import { z } from 'zod';
import { sidSchema } from '../ids.js';

/** A decimal number that is not negative: money is never a float. At most 9 digits before the point and 6 after it. */
const moneySchema = z.string().regex(/^\d{1,9}(\.\d{1,6})?$/, 'must be a decimal number such as 0.0125');

/** ISO 4217. */
export const currencySchema = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be the three letters of a currency, such as USD');

/** What calls to the numbers with one prefix cost. */
export const rateSchema = z.object({
  sid: sidSchema('RT'),
  /** Whose calls, and those of its sub-accounts that have no rates of their own. */
  accountSid: sidSchema('AC'),
  direction: z.enum(['outbound', 'inbound']),
  /** Digits; the longest prefix of a number wins. Empty: every number, and every name. */
  prefix: z.string().regex(/^\d{0,15}$/, 'must be up to 15 digits'),
  description: z.string(),
  currency: currencySchema,
  /** Charged once for each completed call. */
  connectionFee: moneySchema,
  pricePerMinute: moneySchema,
  /** Talk is charged in steps of so many seconds, each begun one in full. */
  incrementSeconds: z.number().int().min(1).max(3600),
  dateCreated: z.iso.datetime({ precision: 3 }),
  dateUpdated: z.iso.datetime({ precision: 3 }),
});
export type Rate = z.infer<typeof rateSchema>;
