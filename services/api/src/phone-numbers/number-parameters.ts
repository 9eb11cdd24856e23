import { z } from 'zod';
import { readAddress } from '../numbers/read-address.js';
import { address, boolean, impossible, text, word } from '../parameters/kinds-of-value.js';
import { numberedPagingParameters } from '../parameters/numbered-paging.js';
import { parameterSet } from '../parameters/parameter-set.js';
import { voiceParameters } from '../voice/voice-parameters.js';

const MAX_NAME_LENGTH = 64;
const MAX_GIVEN_LENGTH = 64;

/** Read as `To` and `From` are, so that a call that comes finds it. */
const phoneNumber = address(MAX_GIVEN_LENGTH).transform((given, context) => {
  const read = readAddress(given);
  if ('address' in read && /^\+?\d+$/.test(read.address)) return read.address;
  const message = 'complaint' in read ? read.complaint.replace(' or a name', '') : 'must be a phone number';
  context.addIssue({ code: 'custom', input: given, message });
  return given;
});

/** Digits that stand in the number one after another, with `*` for one that may be any. */
const soughtNumber = address(MAX_GIVEN_LENGTH)
  .transform((given) => given.replace(/[\s./()\-\u2010-\u2015]/g, ''))
  .pipe(z.string().regex(/^\+?[\d*]+$/, 'must be digits, with * for any one of them'));

const changes = {
  FriendlyName: text(MAX_NAME_LENGTH).optional().describe('The number itself unless told.'),
  ...voiceParameters,
  VoiceCallerIdLookup: boolean()
    .refine((asked) => !asked, 'is not possible: nobody is asked for the names of callers')
    .optional()
    .describe('Refused when true.'),
  VoiceReceiveMode: word(['voice'], 'must be voice: there is no fax here').optional(),
  TrunkSid: impossible('is not possible: calls come over any trunk of the account, or of one above it'),
  BundleSid: impossible('is not possible: the number is held by the carrier'),
};

/** What cannot be had from a carrier that nobody asks. */
const noSearch = impossible('is not possible: numbers come from your carrier, give PhoneNumber');

export const newNumberParameters = parameterSet({
  AreaCode: noSearch,
  PhoneNumber: phoneNumber.describe('The number as calls come to it, in any way in which To is written.'),
  ...changes,
});

const fixed = 'cannot be changed: delete the number and make another';

export const numberChangeParameters = parameterSet({
  ...changes,
  PhoneNumber: impossible(fixed),
  AccountSid: impossible('cannot be changed: delete the number and make it in the other account'),
});

export const numberListParameters = parameterSet({
  PhoneNumber: soughtNumber
    .optional()
    .describe('Digits that the number has one after another, `*` for any one; with `+` it begins so.'),
  FriendlyName: text(MAX_NAME_LENGTH).optional().describe('Of this name.'),
  ...numberedPagingParameters,
});

export type NewNumberForm = z.output<typeof newNumberParameters.schema>;
export type NumberChangeForm = z.output<typeof numberChangeParameters.schema>;
export type NumberListQuery = z.output<typeof numberListParameters.schema>;
