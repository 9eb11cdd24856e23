import { rateSchema } from '@trunkline/contracts';
import { z } from 'zod';
import { integer, text, word } from '../parameters/kinds-of-value.js';
import { numberedPagingParameters } from '../parameters/numbered-paging.js';
import { parameterSet } from '../parameters/parameter-set.js';

const { shape } = rateSchema;
const MAX_DESCRIPTION_LENGTH = 200;
const MAX_INCREMENT_SECONDS = 3600;

/** Text as one property of a rate takes it. */
function like(property: z.ZodString, complaint: string) {
  const { pattern } = z.toJSONSchema(property);
  return z
    .string()
    .refine((given) => property.safeParse(given).success, complaint)
    .meta({ ...(pattern !== undefined && { pattern }) });
}

/** Digits; a plus in front is understood, and left out. It may have arrived as a blank, and then been taken off. */
const prefix = z
  .string()
  .meta({ pattern: '^\\+?\\d{0,15}$' })
  .transform((given) => given.replace(/^\+/, ''))
  .pipe(shape.prefix);

const direction = word(['outbound', 'inbound']);
const money = like(
  shape.pricePerMinute,
  'must be a decimal number such as 0.0125, with at most 9 digits before the point and 6 after it',
);
const currency = like(shape.currency, 'must be the three letters of a currency, such as USD');
const increment = integer({ min: 1, max: MAX_INCREMENT_SECONDS });
const description = text(MAX_DESCRIPTION_LENGTH);

export const newRateParameters = parameterSet({
  Prefix: prefix.default(''),
  Direction: direction.default('outbound'),
  Currency: currency.optional(),
  ConnectionFee: money.default('0'),
  PricePerMinute: money,
  IncrementSeconds: increment.default(1),
  Description: description.default(''),
});

export const rateChangeParameters = parameterSet({
  Prefix: prefix.optional(),
  Direction: direction.optional(),
  Currency: currency.optional(),
  ConnectionFee: money.optional(),
  PricePerMinute: money.optional(),
  IncrementSeconds: increment.optional(),
  Description: description.optional(),
});

export const rateListParameters = parameterSet({
  Prefix: prefix.optional(),
  Direction: direction.optional(),
  ...numberedPagingParameters,
});

export type NewRateForm = z.output<typeof newRateParameters.schema>;
export type RateChangeForm = z.output<typeof rateChangeParameters.schema>;
export type RateListQuery = z.output<typeof rateListParameters.schema>;
