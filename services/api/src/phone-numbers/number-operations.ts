import { mintSid } from '@trunkline/contracts';
import { ConflictError } from '@trunkline/store';
import { AlreadySetError } from '../errors.js';
import { defineOperation, item, type Operation, page } from '../operation.js';
import { readPaging } from '../parameters/paging.js';
import { found, readPathSid } from '../parameters/path-sid.js';
import { numberedPage } from '../represent/page.js';
import type { RoutingPorts } from '../routing/routing-ports.js';
import { PLAIN_VOICE, voiceChangesOf } from '../voice/voice-parameters.js';
import { newNumberParameters, numberChangeParameters, numberListParameters } from './number-parameters.js';
import { numberResource } from './number-resource.js';

const NUMBERS_PATH = '/IncomingPhoneNumbers';
const NUMBER_PATH = '/IncomingPhoneNumbers/{PhoneNumberSid}';
const TAG = 'Numbers';
const NUMBER = { prefix: 'PN', parameter: 'PhoneNumberSid', noun: 'number' } as const;
/** What its kin says of a number that cannot be had. */
const NOT_AVAILABLE = 21422;

/** What the API can do with the numbers that calls come to. */
export function numberOperations(ports: RoutingPorts): Operation[] {
  return [
    createNumber(ports),
    listNumbers(ports),
    getNumber(ports),
    updateNumber(ports),
    deleteNumber(ports),
  ];
}

function createNumber({ table, directory }: RoutingPorts): Operation {
  return defineOperation({
    id: 'create-number',
    method: 'post',
    path: NUMBERS_PATH,
    tag: TAG,
    summary: 'Says that a number is ours, and what is done with calls to it',
    description: 'The carrier must send its calls here. A number has one owner in the whole cluster.',
    needs: 'write',
    form: newNumberParameters,
    exampleForm: { PhoneNumber: '+15551230001', VoiceUrl: 'https://example.com/incoming' },
    success: { status: 201, shows: numberResource },
    refusals: { 409: 'Somebody has the number, with or without its plus' },
    async run({ account, form }) {
      const creating = table.createPhoneNumber({
        sid: mintSid('PN'),
        accountSid: account.sid,
        phoneNumber: form.PhoneNumber,
        friendlyName: form.FriendlyName ?? form.PhoneNumber,
        voice: { ...PLAIN_VOICE, ...voiceChangesOf(form) },
      });
      const number = await orTaken(creating);
      await directory.put({ kind: 'number', number });
      return { status: 201, item: item(numberResource, number) };
    },
  });
}

function listNumbers({ table }: RoutingPorts): Operation {
  return defineOperation({
    id: 'list-numbers',
    method: 'get',
    path: NUMBERS_PATH,
    tag: TAG,
    summary: 'The numbers of the account, newest first',
    needs: 'read',
    query: numberListParameters,
    success: { status: 200, shows: numberResource, list: true },
    async run({ account, query, kept, door }) {
      const { page: number, pageSize } = readPaging(query, door);
      const { PhoneNumber: phoneNumber, FriendlyName: friendlyName } = query;
      const filter = {
        ...(phoneNumber !== undefined && { phoneNumber }),
        ...(friendlyName !== undefined && { friendlyName }),
      };
      const { items, total } = await table.listPhoneNumbersOf(account.sid, filter, {
        page: number,
        pageSize,
      });
      return {
        status: 200,
        page: page(numberResource, numberedPage({ items, total, page: number, pageSize, kept })),
      };
    },
  });
}

function getNumber({ table }: RoutingPorts): Operation {
  return defineOperation({
    id: 'get-number',
    method: 'get',
    path: NUMBER_PATH,
    tag: TAG,
    summary: 'One number',
    needs: 'read',
    success: { status: 200, shows: numberResource },
    async run({ account, path }) {
      const sid = readPathSid(NUMBER, path);
      const number = found(NUMBER, sid, await table.readPhoneNumber(account.sid, sid));
      return { status: 200, item: item(numberResource, number) };
    },
  });
}

function updateNumber({ table, directory }: RoutingPorts): Operation {
  return defineOperation({
    id: 'update-number',
    method: 'post',
    path: NUMBER_PATH,
    tag: TAG,
    summary: 'Changes what is done with calls that come to a number from then on',
    description: 'What is absent stays; an empty value takes away what may be absent.',
    needs: 'write',
    form: numberChangeParameters,
    exampleForm: { VoiceUrl: 'https://example.com/incoming' },
    success: { status: 200, shows: numberResource },
    async run({ account, path, form }) {
      const sid = readPathSid(NUMBER, path);
      const { FriendlyName: friendlyName } = form;
      const changes = {
        ...(friendlyName !== undefined && { friendlyName }),
        voice: voiceChangesOf(form),
      };
      const number = found(NUMBER, sid, await table.updatePhoneNumber(account.sid, sid, changes));
      await directory.put({ kind: 'number', number });
      return { status: 200, item: item(numberResource, number) };
    },
  });
}

function deleteNumber({ table, directory }: RoutingPorts): Operation {
  return defineOperation({
    id: 'delete-number',
    method: 'delete',
    path: NUMBER_PATH,
    tag: TAG,
    summary: 'Takes no calls to a number any more; those that are live go on',
    needs: 'write',
    evenInactive: true,
    success: { status: 204 },
    async run({ account, path }) {
      const sid = readPathSid(NUMBER, path);
      const number = found(NUMBER, sid, await table.deletePhoneNumber(account.sid, sid));
      await directory.remove({ kind: 'number', number });
      return { status: 204 };
    },
  });
}

/** Whose it is is not told. */
async function orTaken<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (cause) {
    if (!(cause instanceof ConflictError)) throw cause;
    throw new AlreadySetError('PhoneNumber is taken already', { cause }, NOT_AVAILABLE);
  }
}
