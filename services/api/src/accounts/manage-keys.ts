import { randomBytes } from 'node:crypto';
import { isSid, mintSid } from '@trunkline/contracts';
import type { ApiKey } from '@trunkline/store';
import { NotFoundError } from '../errors.js';
import { defineOperation, item, type Operation, page } from '../operation.js';
import { readPaging } from '../parameters/paging.js';
import { numberedPage } from '../represent/page.js';
import { digestToken } from './account-book.js';
import { keyChangeParameters, keyListParameters, newKeyParameters } from './account-parameters.js';
import type { AccountPorts } from './account-ports.js';
import { keyResource } from './key-resource.js';

const SECRET_BYTES = 24;
const KEYS_PATH = '/Keys';
const KEY_PATH = '/Keys/{KeySid}';
const TAG = 'Keys';

/** Further credentials of an account, each of which can be taken away by itself. */
export function manageKeysOperations(ports: AccountPorts): Operation[] {
  return [createKey(ports), listKeys(ports), getKey(ports), updateKey(ports), removeKey(ports)];
}

function createKey({ table, book }: AccountPorts): Operation {
  return defineOperation({
    id: 'create-key',
    method: 'post',
    path: KEYS_PATH,
    tag: TAG,
    summary: 'Makes an API key; its secret is shown this once',
    needs: 'manage',
    form: newKeyParameters,
    exampleForm: { FriendlyName: 'reports', Scope: 'read' },
    success: { status: 201, shows: keyResource },
    async run({ account, form }) {
      const secret = randomBytes(SECRET_BYTES).toString('base64url');
      const key = await table.createApiKey({
        sid: mintSid('SK'),
        accountSid: account.sid,
        friendlyName: form.FriendlyName ?? '',
        scope: form.Scope,
        secretDigest: digestToken(secret),
      });
      book.putKeys([key]);
      return { status: 201, item: item(keyResource, { key, secret }) };
    },
  });
}

function listKeys({ table }: AccountPorts): Operation {
  return defineOperation({
    id: 'list-keys',
    method: 'get',
    path: KEYS_PATH,
    tag: TAG,
    summary: 'The API keys of the account, oldest first',
    needs: 'manage',
    query: keyListParameters,
    success: { status: 200, shows: keyResource, list: true },
    async run({ account, query, kept, door }) {
      const { page: number, pageSize } = readPaging(query, door);
      const { keys, total } = await table.listApiKeysOf(account.sid, { page: number, pageSize });
      const items = keys.map((key) => ({ key, secret: null }));
      return {
        status: 200,
        page: page(keyResource, numberedPage({ items, total, page: number, pageSize, kept })),
      };
    },
  });
}

function getKey({ table }: AccountPorts): Operation {
  return defineOperation({
    id: 'get-key',
    method: 'get',
    path: KEY_PATH,
    tag: TAG,
    summary: 'One API key, without its secret',
    needs: 'manage',
    success: { status: 200, shows: keyResource },
    async run({ account, path }) {
      const sid = readSid(path);
      const key = await table.readApiKey(sid);
      return shown(key?.accountSid === account.sid ? key : null, sid);
    },
  });
}

function updateKey({ table, book }: AccountPorts): Operation {
  return defineOperation({
    id: 'update-key',
    method: 'post',
    path: KEY_PATH,
    tag: TAG,
    summary: 'Renames an API key',
    needs: 'manage',
    form: keyChangeParameters,
    exampleForm: { FriendlyName: 'monthly reports' },
    success: { status: 200, shows: keyResource },
    async run({ account, path, form }) {
      const sid = readSid(path);
      const key = await table.updateApiKey(account.sid, sid, { friendlyName: form.FriendlyName });
      if (key) book.putKeys([key]);
      return shown(key, sid);
    },
  });
}

function removeKey({ table, book }: AccountPorts): Operation {
  return defineOperation({
    id: 'remove-key',
    method: 'delete',
    path: KEY_PATH,
    tag: TAG,
    summary: 'Takes an API key away',
    needs: 'manage',
    success: { status: 204 },
    async run({ account, path }) {
      const sid = readSid(path);
      const key = await table.deleteApiKey(account.sid, sid);
      if (!key) throw noSuchKey(sid);
      book.putKeys([key]);
      return { status: 204 };
    },
  });
}

function shown(key: ApiKey | null, sid: string) {
  if (!key) throw noSuchKey(sid);
  return { status: 200, item: item(keyResource, { key, secret: null }) } as const;
}

function readSid({ KeySid: given = '' }: Readonly<Record<string, string>>): string {
  if (!isSid('SK', given)) throw noSuchKey(given);
  return `SK${given.slice(2).toLowerCase()}`;
}

function noSuchKey(sid: string): NotFoundError {
  return new NotFoundError(`There is no API key ${sid.slice(0, 34)}`);
}
