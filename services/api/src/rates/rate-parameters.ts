import { rateSchema } from '@trunkline/contracts';
import type { z } from 'zod';
import { integer, text, word } from '../parameters/kinds-of-value.js';
import { pagingParameters } from '../parameters/paging.js';
import { parameterSet } from '../parameters/parameter-set.js';

const { shape } = rateSchema;
const MAX_DESCRIPTION_LENGTH = 200;
const MAX_INCREMENT_SECONDS = 3600;

/** Text as one property of a rate takes it; its complaint is the property's own. */
function like(property: z.ZodString) {
  return text().superRefine((given, context) => {
    const issue = property.safeParse(given).error?.issues[0];
    if (issue) context.addIssue({ code: 'custom', input: given, message: issue.message });
  });
}

/** Digits; a plus in front is understood, and left out. It may have arrived as a blank, and then been taken off. */
const prefix = text()
  .transform((given) => given.replace(/^\+/, ''))
  .pipe(shape.prefix);

const direction = word(['outbound', 'inbound']);
const money = like(shape.pricePerMinute);
const currency = like(shape.currency);
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
  ...pagingParameters,
});
