import type { Call } from '@trunkline/contracts';
import { z } from 'zod';
import { BadParameterError } from '../errors.js';
import type { EmergencyNumbers } from '../numbers/emergency-numbers.js';
import { integer, text } from '../parameters/kinds-of-value.js';
import { parameterSet } from '../parameters/parameter-set.js';
import { callAddress, calleeAddress } from './address-parameters.js';
import { callbackParameters, statusCallbackOf } from './callback-parameters.js';
import { detectionParameters, machineDetectionOf } from './detection-parameters.js';
import { markupOf, markupParameters } from './markup-parameters.js';
import { metadata } from './metadata-parameter.js';
import { onlyKept } from './only-kept.js';
import { recordingParameters, recordOf } from './recording-parameters.js';

/** What a new call is asked to be. */
export interface CallRequest extends Pick<Call, 'from' | 'to' | 'statusCallback' | 'metadata'> {
  instructions: Omit<Call['instructions'], 'sipAuth'>;
  /** What a trunk that asks is told; the password is not sealed yet. */
  sipAuth: { username: string; password: string } | null;
}

const MAX_TIMEOUT_SECONDS = 600;
const DEFAULT_TIMEOUT_SECONDS = 60;
const MAX_TALK_SECONDS = 86_400;
const MAX_DIGITS = 64;
const MAX_CREDENTIAL_LENGTH = 128;

/** The form that makes a call. */
export function createParameters(emergencies: EmergencyNumbers) {
  return parameterSet({
    From: callAddress().describe('The caller id: a number or a name.'),
    To: calleeAddress(emergencies).describe(
      'Whom to call: a number or a name, `client:` and the login of a client; no emergency service. Headers for the INVITE may follow: `?X-Order=17&X-Note=two%20words`.',
    ),
    ...markupParameters,
    ...callbackParameters,
    Timeout: integer({ min: 1, max: MAX_TIMEOUT_SECONDS })
      .default(DEFAULT_TIMEOUT_SECONDS)
      .describe('Seconds that the phone may ring.'),
    TimeLimit: integer({ min: 1, max: MAX_TALK_SECONDS })
      .optional()
      .describe('Seconds that the talk may last.'),
    SendDigits: z
      .string()
      .regex(
        new RegExp(`^[0-9*#A-Da-dwW]{1,${MAX_DIGITS}}$`),
        `must be 1 to ${MAX_DIGITS} of 0-9 * # A-D, w (half a second), W (a second)`,
      )
      .transform((given) => given.replaceAll('W', 'ww').replace(/[a-d]/g, (key) => key.toUpperCase()))
      .optional()
      .describe(onlyKept('Keys to press once the call is answered. MachineDetection is ignored then.')),
    CallerId: callAddress().optional().describe('The number to show in place of From.'),
    SipAuthUsername: credential(
      'What a trunk that asks is told in place of its own login; with its password.',
    ),
    SipAuthPassword: credential('Its password. It is kept sealed, and never shown.'),
    Username: credential('As SipAuthUsername, which wins.'),
    Password: credential('As SipAuthPassword, which wins.'),
    ...recordingParameters,
    ...detectionParameters,
    Metadata: metadata()
      .default({})
      .describe('What the call is to be found by: Metadata.key=value, or the text of a JSON object.'),
  });
}

function credential(description: string) {
  return text(MAX_CREDENTIAL_LENGTH).optional().describe(description);
}

export type CreateForm = z.output<ReturnType<typeof createParameters>['schema']>;

/** What the form means, all its parameters together. @throws BadParameterError */
export function callRequestOf(form: CreateForm): CallRequest {
  const sendDigits = form.SendDigits ?? null;
  return {
    from: form.From,
    to: form.To.address,
    statusCallback: statusCallbackOf(form),
    metadata: form.Metadata,
    instructions: {
      ...markupOf(form),
      ringTimeoutSeconds: form.Timeout,
      sendDigits,
      timeLimitSeconds: form.TimeLimit ?? null,
      callerId: form.CallerId ?? null,
      callee: form.To.kind,
      sipHeaders: form.To.sipHeaders,
      record: recordOf(form),
      // Keys to get past a switchboard, and who answers behind it, cannot both be.
      machineDetection: sendDigits === null ? machineDetectionOf(form) : null,
    },
    sipAuth: sipAuthOf(form),
  };
}

function sipAuthOf(form: CreateForm): CallRequest['sipAuth'] {
  const username = form.SipAuthUsername ?? form.Username;
  const password = form.SipAuthPassword ?? form.Password;
  if (username === undefined && password === undefined) return null;
  if (username === undefined)
    throw new BadParameterError('SipAuthUsername', 'is missing: give both, or neither');
  if (password === undefined)
    throw new BadParameterError('SipAuthPassword', 'is missing: give both, or neither');
  return { username, password };
}
