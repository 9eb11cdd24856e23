import { clientSchema } from '@trunkline/contracts';
import type { z } from 'zod';
import { BadParameterError } from '../errors.js';
import { boolean, impossible, text, word } from '../parameters/kinds-of-value.js';
import { numberedPagingParameters } from '../parameters/numbered-paging.js';
import { parameterSet } from '../parameters/parameter-set.js';
import { voiceParameters } from '../voice/voice-parameters.js';

const { shape } = clientSchema;
const MAX_NAME_LENGTH = 64;
const MAX_PASSWORD_LENGTH = 128;

const login = text(64)
  .refine((given) => shape.login.safeParse(given).success, 'must be 1 to 64 letters, digits, . _ and -')
  .meta({ pattern: '^[A-Za-z0-9._-]{1,64}$' });
const password = text(MAX_PASSWORD_LENGTH);

const changes = {
  FriendlyName: text(MAX_NAME_LENGTH).optional().describe('The login unless told.'),
  Status: word(['0', '1'], 'must be 1 (enabled) or 0')
    .optional()
    .describe('As Enabled, in the words of the original.'),
  Enabled: boolean().optional().describe('Whether it may register, call and be called; `true` unless told.'),
  ...voiceParameters,
};

export const newClientParameters = parameterSet({
  Login: login.describe('The user part of its address and its user name.'),
  Password: password.describe('At least 8 characters. It is kept sealed, and never shown.'),
  ...changes,
});

export const clientChangeParameters = parameterSet({
  Login: impossible('cannot be changed: delete the client and make another'),
  Password: password.optional().describe('The new one.'),
  ...changes,
});

export const clientListParameters = parameterSet({
  Login: text(64).optional().describe('With this login.'),
  FriendlyName: text(MAX_NAME_LENGTH).optional().describe('Of this name.'),
  ...numberedPagingParameters,
});

export type NewClientForm = z.output<typeof newClientParameters.schema>;
export type ClientChangeForm = z.output<typeof clientChangeParameters.schema>;
export type ClientListQuery = z.output<typeof clientListParameters.schema>;

/** Said in either way; undefined when in none. @throws BadParameterError for one that says both */
export function isEnabledIn(form: Pick<ClientChangeForm, 'Status' | 'Enabled'>): boolean | undefined {
  const byStatus = form.Status === undefined ? undefined : form.Status === '1';
  if (byStatus !== undefined && form.Enabled !== undefined && byStatus !== form.Enabled) {
    throw new BadParameterError('Enabled', 'says something else than Status');
  }
  return form.Enabled ?? byStatus;
}
