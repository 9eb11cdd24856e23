import type { Account, AccountChanges } from '@trunkline/store';
import { z } from 'zod';
import { AlreadySetError, NotFoundError } from '../errors.js';
import { defineOperation, item, type Operation } from '../operation.js';
import type { Resource } from '../represent/resource.js';
import type { KnownAccount } from './account-book.js';
import { promoteParameters } from './account-parameters.js';
import { type AccountPorts, takeOver } from './account-ports.js';
import { mintToken } from './create-account.js';

interface ShownToken {
  account: Account;
  token: string;
}

const SECONDARY_PATH = '/AuthTokens/Secondary';
const PROMOTE_PATH = '/AuthTokens/Promote';
const TAG = 'Tokens';

const secondaryResource = tokenResource('SecondaryAuthToken', SECONDARY_PATH);
const promotedResource = tokenResource('AuthToken', PROMOTE_PATH);

/** How an account changes its token while clients go on: a second one is made, handed round, and becomes the first. */
export function exchangeTokenOperations(ports: AccountPorts): Operation[] {
  return [createSecondary(ports), removeSecondary(ports), promoteSecondary(ports)];
}

function createSecondary(ports: AccountPorts): Operation {
  return defineOperation({
    id: 'create-secondary-token',
    method: 'post',
    path: SECONDARY_PATH,
    tag: TAG,
    summary: 'Makes a second token: both are valid',
    needs: 'manage',
    success: { status: 201, shows: secondaryResource },
    refusals: { 409: 'There is a second token already' },
    async run({ account: { sid } }) {
      const row = await readRow(ports, sid);
      if (hasSecondary(row, ports.now())) {
        throw new AlreadySetError('There is a second token already: remove it first, or promote it');
      }
      const token = mintToken();
      const sealed = ports.sealer.seal(token, sid);
      const account = await change(ports, sid, { secondaryTokenSealed: sealed, secondaryExpires: null });
      return { status: 201, item: item(secondaryResource, { account, token }) };
    },
  });
}

function removeSecondary(ports: AccountPorts): Operation {
  return defineOperation({
    id: 'remove-secondary-token',
    method: 'delete',
    path: SECONDARY_PATH,
    tag: TAG,
    summary: 'Makes the second token invalid at once',
    needs: 'manage',
    success: { status: 204 },
    refusals: { 404: 'There is no second token' },
    async run({ account: { sid } }) {
      const row = await readRow(ports, sid);
      if (!hasSecondary(row, ports.now())) throw new NotFoundError('There is no second token');
      await change(ports, sid, { secondaryTokenSealed: null, secondaryExpires: null });
      return { status: 204 };
    },
  });
}

/**
 * The old token is the second one from then on, for a while. Since that one ends by itself, it is told from one that is
 * to be promoted: a request that is sent again does not change the two back.
 */
function promoteSecondary(ports: AccountPorts): Operation {
  return defineOperation({
    id: 'promote-secondary-token',
    method: 'post',
    path: PROMOTE_PATH,
    tag: TAG,
    summary: 'Makes the second token the first, which signs callbacks',
    description:
      'The old one stays valid for `KeepFor` seconds, a day when absent; 0: it is invalid at once.',
    needs: 'manage',
    form: promoteParameters,
    exampleForm: { KeepFor: '3600' },
    success: { status: 200, shows: promotedResource },
    refusals: { 409: 'There is no second token that waits to be promoted' },
    async run({ account: { sid }, form: { KeepFor: keepSeconds } }) {
      const row = await readRow(ports, sid);
      const { authTokenSealed: old, secondaryTokenSealed: next } = row;
      if (!next || row.secondaryExpires !== null) {
        throw new AlreadySetError('There is no second token that waits to be promoted');
      }
      const expires = new Date(ports.now().getTime() + keepSeconds * 1_000).toISOString();
      const account = await change(ports, sid, {
        authTokenSealed: next,
        secondaryTokenSealed: keepSeconds === 0 ? null : old,
        secondaryExpires: keepSeconds === 0 ? null : expires,
      });
      return { status: 200, item: item(promotedResource, { account, token: ports.sealer.open(next, sid) }) };
    },
  });
}

/** From the database: another instance may have changed the tokens a moment ago. */
async function readRow({ table }: AccountPorts, sid: string): Promise<Account> {
  const row = await table.readAccount(sid);
  if (!row) throw new NotFoundError(`There is no account ${sid}`);
  if (row.status === 'closed') throw new AlreadySetError(`Account ${sid} is closed for ever`);
  return row;
}

function hasSecondary({ secondaryTokenSealed, secondaryExpires }: Account, now: Date): boolean {
  return secondaryTokenSealed !== null && (secondaryExpires === null || new Date(secondaryExpires) > now);
}

async function change(ports: AccountPorts, sid: string, changes: AccountChanges): Promise<KnownAccount> {
  const account = await ports.table.updateAccount(sid, changes);
  if (!account) throw new NotFoundError(`There is no account ${sid}`);
  return takeOver(ports, account);
}

function tokenResource(name: 'SecondaryAuthToken' | 'AuthToken', path: string): Resource<ShownToken> {
  const time = z.iso.datetime({ precision: 3 });
  const json = name === 'AuthToken' ? 'auth_token' : 'secondary_auth_token';
  return {
    name: name === 'AuthToken' ? 'AuthTokenPromotion' : name,
    list: 'AuthTokens',
    fields: [
      { name: 'AccountSid', kind: 'text', value: ({ account }) => account.sid },
      { name: 'DateCreated', kind: 'time', value: ({ account }) => account.dateUpdated },
      { name: 'DateUpdated', kind: 'time', value: ({ account }) => account.dateUpdated },
      { name, kind: 'text', value: ({ token }) => token },
    ],
    path: () => path,
    schema: z.object({ account_sid: z.string(), date_created: time, date_updated: time, [json]: z.string() }),
  };
}
