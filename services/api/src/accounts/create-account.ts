import { randomBytes } from 'node:crypto';
import { mintSid } from '@trunkline/contracts';
import { ConflictError, MAX_ACCOUNT_DEPTH } from '@trunkline/store';
import { AlreadySetError } from '../errors.js';
import { defineOperation, item, type Operation } from '../operation.js';
import { newAccountParameters } from './account-parameters.js';
import { type AccountPorts, takeOver } from './account-ports.js';
import { accountResource } from './account-resource.js';
import { showAccount } from './show-account.js';

const TOKEN_BYTES = 16;

/** As long as a token of the client library's own: 32 hex digits. */
export function mintToken(): string {
  return randomBytes(TOKEN_BYTES).toString('hex');
}

export function createAccountOperation(ports: AccountPorts): Operation {
  return defineOperation({
    id: 'create-account',
    method: 'post',
    path: '/Accounts',
    root: 'version',
    tag: 'Accounts',
    summary: 'Makes an account below the one of the credentials',
    description: `It has its own token, calls, rates and limits. Accounts are at most ${MAX_ACCOUNT_DEPTH} below one another.`,
    needs: 'manage',
    form: newAccountParameters,
    exampleForm: { FriendlyName: 'Branch', Currency: 'EUR', ConcurrentCalls: '20' },
    success: { status: 201, shows: accountResource },
    refusals: { 409: 'There are too many accounts above it' },
    async run({ caller, form }) {
      const sid = mintSid('AC');
      const account = await createAccount(ports, {
        sid,
        parentSid: caller.account.sid,
        email: form.Email ?? '',
        friendlyName: form.FriendlyName ?? `Account of ${ports.now().toISOString()}`,
        authTokenSealed: ports.sealer.seal(mintToken(), sid),
        ...(form.Currency !== undefined && { currency: form.Currency }),
        requestsPerSecond: form.RequestsPerSecond ?? null,
        concurrentCalls: form.ConcurrentCalls ?? null,
      });
      return { status: 201, item: item(accountResource, showAccount(ports, caller, account)) };
    },
  });
}

async function createAccount(
  ports: AccountPorts,
  account: Parameters<AccountPorts['table']['createAccount']>[0],
) {
  try {
    return await takeOver(ports, await ports.table.createAccount(account));
  } catch (cause) {
    if (!(cause instanceof ConflictError)) throw cause;
    throw new AlreadySetError(`There can be no account below ${account.parentSid}`, { cause });
  }
}
