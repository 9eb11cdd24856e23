import type { PhoneNumber } from '@trunkline/contracts';
import { ForbiddenError } from '../errors.js';
import type { Operation, OperationRequest } from '../operation.js';
import type { OwnedKind } from '../owned/owned-kind.js';
import { ownedOperations } from '../owned/owned-operations.js';
import type { RoutingPorts } from '../routing/routing-ports.js';
import { PLAIN_VOICE, voiceChangesOf } from '../voice/voice-parameters.js';
import {
  type NewNumberForm,
  type NumberChangeForm,
  type NumberListQuery,
  newNumberParameters,
  numberChangeParameters,
  numberListParameters,
} from './number-parameters.js';
import { numberResource } from './number-resource.js';

type NumberKind = OwnedKind<PhoneNumber, PhoneNumber, NewNumberForm, NumberChangeForm, NumberListQuery>;

/** What its kin says of a number that cannot be had. */
const NOT_AVAILABLE = 21422;

/** What the API can do with the numbers that calls come to. */
export function numberOperations(ports: RoutingPorts): Operation[] {
  const kind: NumberKind = {
    thing: { prefix: 'PN', parameter: 'PhoneNumberSid', noun: 'number' },
    path: '/IncomingPhoneNumbers',
    tag: 'Numbers',
    resource: numberResource,
    told: TOLD,
    forms: { new: newNumberParameters, change: numberChangeParameters, list: numberListParameters },
    rows: numberRows(ports),
    limit: 'MAX_NUMBERS',
    // Whose it is is not told.
    taken: { message: 'PhoneNumber is taken already', code: NOT_AVAILABLE },
  };
  return ownedOperations(kind, ports.directory);
}

const TOLD: NumberKind['told'] = {
  create: {
    summary: 'Says that a number is ours, and what is done with calls to it',
    description:
      'The carrier must send its calls here. A number has one owner in the whole cluster. The account at the top gives numbers to those below it.',
    exampleForm: { PhoneNumber: '+15551230001', VoiceUrl: 'https://example.com/incoming' },
    refusals: {
      403: 'Only the account at the top may do this, for itself and for those below it, unless ACCOUNTS_TAKE_NUMBERS is set',
      409: 'Somebody has the number, with or without its plus; or the account has as many numbers as it may have',
    },
  },
  list: { summary: 'The numbers of the account, newest first' },
  get: { summary: 'One number' },
  update: {
    summary: 'Changes what is done with calls that come to a number from then on',
    description: 'What is absent stays; an empty value takes away what may be absent.',
    exampleForm: { VoiceUrl: 'https://example.com/incoming' },
  },
  delete: { summary: 'Takes no calls to a number any more; those that are live go on', evenInactive: true },
};

function numberRows({ table, limits, accountsTakeNumbers }: RoutingPorts): NumberKind['rows'] {
  return {
    async create({ caller, account, form }, sid) {
      if (!accountsTakeNumbers) refuseBelow({ caller });
      const number = {
        ...{ sid, accountSid: account.sid, phoneNumber: form.PhoneNumber },
        friendlyName: form.FriendlyName ?? form.PhoneNumber,
        voice: { ...PLAIN_VOICE, ...voiceChangesOf(form) },
      };
      return table.createPhoneNumber(number, limits.numbers);
    },
    list({ account, query }, page) {
      const { PhoneNumber: phoneNumber, FriendlyName: friendlyName } = query;
      const filter = {
        ...(phoneNumber !== undefined && { phoneNumber }),
        ...(friendlyName !== undefined && { friendlyName }),
      };
      return table.listPhoneNumbersOf(account.sid, filter, page);
    },
    read: (accountSid, sid) => table.readPhoneNumber(accountSid, sid),
    update({ account, form }, sid) {
      const { FriendlyName: friendlyName } = form;
      const changes = { ...(friendlyName !== undefined && { friendlyName }), voice: voiceChangesOf(form) };
      return table.updatePhoneNumber(account.sid, sid, changes);
    },
    delete: ({ account }, sid) => table.deletePhoneNumber(account.sid, sid),
    show: (number) => number,
    entryOf: (number) => ({ kind: 'number', number }),
  };
}

/**
 * Who claims a number first has its calls, also those that the carrier of somebody else brings. An account in between
 * could claim one for an account of its own making, so that it is for the account at the top to say.
 */
function refuseBelow({ caller }: Pick<OperationRequest<unknown, unknown>, 'caller'>): void {
  if (caller.account.parentSid === null) return;
  throw new ForbiddenError(
    'Numbers are given by the account at the top, by POST /Accounts/{AccountSid}/IncomingPhoneNumbers: ask it for this one',
  );
}
