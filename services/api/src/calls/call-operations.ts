import type { Call } from '@trunkline/contracts';
import type { ListedCall } from '@trunkline/store';
import type { KnownAccount } from '../accounts/account-book.js';
import {
  type AnyItem,
  defineOperation,
  item,
  type Operation,
  type OperationRequest,
  page,
} from '../operation.js';
import type { CallPorts } from '../ports.js';
import { acceptedCall } from '../represent/call-example.js';
import { callResource } from '../represent/call-resource.js';
import { createCall } from './create-call.js';
import { CREATE_KEY_HEADERS, readCreateKey } from './create-key.js';
import { callRequestOf, createParameters } from './create-parameters.js';
import { deleteCall } from './delete-call.js';
import { getCall } from './get-call.js';
import { listCalls } from './list-calls.js';
import { listParameters } from './list-parameters.js';
import { modifyCall, modifyParameters } from './modify-call.js';

const TAG = 'Calls';
const LIST_PATH = '/Calls';
const CALL_PATH = '/Calls/{CallSid}';
const NO_SUCH_CALL = 'There is no such call.';

/** What can be done with calls. */
export function callOperations(ports: CallPorts): Operation[] {
  return [
    createOperation(ports),
    listOperation(ports),
    getOperation(ports),
    modifyOperation(ports),
    deleteOperation(ports),
  ];
}

function createOperation(ports: CallPorts): Operation {
  return defineOperation({
    id: 'create-call',
    method: 'post',
    path: LIST_PATH,
    tag: TAG,
    summary: 'Makes a call. It is queued when this answers, and is not lost any more.',
    description: 'Either Url or Twiml says what happens when it is answered.',
    needs: 'write',
    form: createParameters(ports.emergencies),
    headers: CREATE_KEY_HEADERS,
    exampleForm: {
      From: '+15559990000',
      To: '+15551230001',
      Url: 'https://example.com/script',
      StatusCallback: 'https://example.com/status',
      'Metadata.order': '17',
    },
    success: {
      status: 201,
      shows: callResource,
      headers: {
        'Idempotent-Replayed': '`true` when the Idempotency-Key was known: this is the call of the first',
      },
      example: (door) =>
        withCurrency({ ...acceptedCall, apiVersion: door.version }, { account: { currency: 'USD' }, door }),
    },
    refusals: {
      400: 'A parameter is missing or wrong.',
      409: 'The Idempotency-Key stands for something else.',
      429: 'More requests a second, or more calls at once, than the account or one above it may have.',
      503: 'It could not be accepted just now.',
    },
    async run(request) {
      const { call, isReplay } = await createCall(ports, {
        account: request.account,
        caller: request.caller.account,
        request: callRequestOf(request.form),
        apiVersion: request.door.version,
        key: readCreateKey(request),
      });
      const headers = isReplay ? { headers: { 'Idempotent-Replayed': 'true' } } : {};
      return { status: 201, item: shownCall(call, request), ...headers };
    },
  });
}

function listOperation(ports: CallPorts): Operation {
  return defineOperation({
    id: 'list-calls',
    method: 'get',
    path: LIST_PATH,
    tag: TAG,
    summary: 'Lists the calls of the account, newest first.',
    description: 'Filters that are given must all hold.',
    needs: 'read',
    query: listParameters,
    success: { status: 200, shows: callResource, list: true },
    refusals: {
      400: 'A parameter is wrong, or the page is past the last.',
      503: 'History is away, or the list takes too long.',
    },
    async run(request) {
      const listed = await listCalls(ports, request);
      const items = listed.items.map((call) => withCurrency(call, request));
      return { status: 200, page: page(callResource, { ...listed, items }) };
    },
  });
}

function getOperation(ports: CallPorts): Operation {
  return defineOperation({
    id: 'get-call',
    method: 'get',
    path: CALL_PATH,
    tag: TAG,
    summary: 'Reads a call as it is now.',
    needs: 'read',
    success: { status: 200, shows: callResource },
    refusals: { 404: NO_SUCH_CALL, 503: 'Somebody who may know it could not be asked.' },
    async run(request) {
      const { call } = await getCall(ports, request.account.sid, request.path.CallSid ?? '');
      return { status: 200, item: shownCall(call, request) };
    },
  });
}

function modifyOperation(ports: CallPorts): Operation {
  return defineOperation({
    id: 'modify-call',
    method: 'post',
    path: CALL_PATH,
    tag: TAG,
    summary: 'Ends a call.',
    needs: 'write',
    evenInactive: true,
    form: modifyParameters,
    exampleForm: { Status: 'completed' },
    success: { status: 200, shows: callResource },
    refusals: {
      400: 'Status is missing or wrong.',
      404: NO_SUCH_CALL,
      409: 'Status=canceled, and the call is answered.',
      410: 'The call is over already.',
      503: 'It could not be ended just now.',
    },
    async run(request) {
      const { account, path, form } = request;
      const asked = { accountSid: account.sid, callSid: path.CallSid ?? '', status: form.Status };
      return { status: 200, item: shownCall(await modifyCall(ports, asked), request) };
    },
  });
}

function deleteOperation(ports: CallPorts): Operation {
  return defineOperation({
    id: 'delete-call',
    method: 'delete',
    path: CALL_PATH,
    tag: TAG,
    summary: 'Deletes the record of a call that is over.',
    needs: 'write',
    evenInactive: true,
    success: { status: 204 },
    refusals: { 404: NO_SUCH_CALL, 409: 'The call is not over.', 503: 'It could not be deleted just now.' },
    async run({ account, path }) {
      await deleteCall(ports, account.sid, path.CallSid ?? '');
      return { status: 204 };
    },
  });
}

interface Asked extends Pick<OperationRequest<unknown, unknown>, 'door'> {
  account: Pick<KnownAccount, 'currency'>;
}

function shownCall(call: Call, asked: Asked): AnyItem {
  return item(callResource, withCurrency(call, asked));
}

/** The library of 2010 expects a currency before there is a price: the account's, which a rate may still change. */
function withCurrency(call: ListedCall, { account, door }: Asked): ListedCall {
  return door.expectsPriceUnit && call.priceUnit === null ? { ...call, priceUnit: account.currency } : call;
}
