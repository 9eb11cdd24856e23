import { type AccountChanges, ConflictError } from '@trunkline/store';
import { AlreadySetError, ForbiddenError, NotFoundError } from '../errors.js';
import { defineOperation, item, type Operation } from '../operation.js';
import type { KnownAccount } from './account-book.js';
import { accountChangeParameters } from './account-parameters.js';
import { type AccountPorts, takeOver } from './account-ports.js';
import { accountResource } from './account-resource.js';
import { showAccount } from './show-account.js';

export function updateAccountOperation(ports: AccountPorts): Operation {
  return defineOperation({
    id: 'update-account',
    method: 'post',
    path: '/Accounts/{AccountSid}',
    root: 'version',
    tag: 'Accounts',
    summary: 'Renames, suspends, wakes or closes an account, or changes its limits',
    description:
      'Status is changed by an account above it alone; closed is for ever. Limits likewise, and by an account that has none above it.',
    needs: 'manage',
    form: accountChangeParameters,
    exampleForm: { FriendlyName: 'Branch', RequestsPerSecond: '50' },
    success: { status: 200, shows: accountResource },
    refusals: { 403: 'Only an account above it may do this', 409: 'The account is closed' },
    async run({ caller, account, form }) {
      const changes: AccountChanges = {
        ...(form.FriendlyName !== undefined && { friendlyName: form.FriendlyName }),
        ...(form.Email !== undefined && { email: form.Email }),
        ...(form.Status !== undefined && { status: form.Status }),
        ...(form.RequestsPerSecond !== undefined && { requestsPerSecond: form.RequestsPerSecond }),
        ...(form.ConcurrentCalls !== undefined && { concurrentCalls: form.ConcurrentCalls }),
      };
      if (account.sid === caller.account.sid) refuseOfItself(account, changes);
      if (account.status === 'closed') throw new AlreadySetError(`Account ${account.sid} is closed for ever`);
      const changed = Object.keys(changes).length === 0 ? account : await change(ports, account, changes);
      return { status: 200, item: item(accountResource, showAccount(ports, caller, changed)) };
    },
  });
}

/** What an account may not do to itself. */
function refuseOfItself({ parentSid, status }: KnownAccount, changes: AccountChanges): void {
  if (changes.status !== undefined && changes.status !== status) {
    throw new ForbiddenError('Status is changed by an account above this one');
  }
  const isLimited = changes.requestsPerSecond !== undefined || changes.concurrentCalls !== undefined;
  if (isLimited && parentSid !== null) {
    throw new ForbiddenError('Limits are changed by an account above this one');
  }
}

async function change(ports: AccountPorts, { sid }: KnownAccount, changes: AccountChanges) {
  try {
    const account = await ports.table.updateAccount(sid, changes);
    if (!account) throw new NotFoundError(`There is no account ${sid}`);
    return await takeOver(ports, account);
  } catch (cause) {
    if (!(cause instanceof ConflictError)) throw cause;
    throw new AlreadySetError(`Account ${sid} is closed for ever`, { cause });
  }
}
