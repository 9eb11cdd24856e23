import { ACCOUNT_STATUSES, currencySchema } from '@trunkline/contracts';
import { z } from 'zod';
import { integer, text, word } from '../parameters/kinds-of-value.js';
import { numberedPagingParameters } from '../parameters/numbered-paging.js';
import { parameterSet } from '../parameters/parameter-set.js';

const MAX_NAME_LENGTH = 64;
const MAX_EMAIL_LENGTH = 254;
const MAX_LIMIT = 1_000_000;
/** 31 days. */
const MAX_KEEP_SECONDS = 2_678_400;
const DEFAULT_KEEP_SECONDS = 86_400;

const friendlyName = text(MAX_NAME_LENGTH);

/** The slash would part it where it stands in a path, and the colon in credentials. */
const email = text(MAX_EMAIL_LENGTH)
  .refine((given) => /^[^\s@:/]+@[^\s@:/]+$/.test(given), 'must be an email address')
  .meta({ format: 'email' });

/** A whole number; 0 for none; or `default`, which gives null: what the installation says. */
const limit = z
  .string()
  .meta({ pattern: '^(\\d{1,7}|default)$' })
  .transform((given, context): number | null => {
    if (given.toLowerCase() === 'default') return null;
    if (/^\d{1,7}$/.test(given) && Number(given) <= MAX_LIMIT) return Number(given);
    const message = `must be a whole number up to ${MAX_LIMIT}, 0 for no limit, or default`;
    context.addIssue({ code: 'custom', input: given, message });
    return z.NEVER;
  });

export const newAccountParameters = parameterSet({
  FriendlyName: friendlyName.optional(),
  Email: email.optional(),
  Currency: text(3)
    .refine(
      (given) => currencySchema.safeParse(given).success,
      'must be the three letters of a currency, such as USD',
    )
    .meta({ pattern: '^[A-Z]{3}$' })
    .optional(),
  RequestsPerSecond: limit.optional(),
  ConcurrentCalls: limit.optional(),
});

export const accountChangeParameters = parameterSet({
  FriendlyName: friendlyName.optional(),
  Email: email.optional(),
  Status: word(ACCOUNT_STATUSES).optional(),
  RequestsPerSecond: limit.optional(),
  ConcurrentCalls: limit.optional(),
});

export const accountListParameters = parameterSet({
  FriendlyName: friendlyName.optional(),
  Status: word(ACCOUNT_STATUSES).optional(),
  ...numberedPagingParameters,
});

export const promoteParameters = parameterSet({
  KeepFor: integer({ min: 0, max: MAX_KEEP_SECONDS }).default(DEFAULT_KEEP_SECONDS),
});

export const newKeyParameters = parameterSet({
  FriendlyName: friendlyName.optional(),
  Scope: word(['all', 'read']).default('all'),
});

export const keyChangeParameters = parameterSet({ FriendlyName: friendlyName });

export const keyListParameters = parameterSet(numberedPagingParameters);
