import { defineOperation, item, type Operation } from '../operation.js';
import type { AccountPorts } from './account-ports.js';
import { accountResource } from './account-resource.js';
import { showAccount } from './show-account.js';

export function getAccountOperation(ports: AccountPorts): Operation {
  return defineOperation({
    id: 'get-account',
    method: 'get',
    path: '/Accounts/{AccountSid}',
    root: 'version',
    tag: 'Accounts',
    summary: 'One account',
    needs: 'read',
    success: { status: 200, shows: accountResource },
    async run({ caller, account }) {
      return { status: 200, item: item(accountResource, showAccount(ports, caller, account)) };
    },
  });
}
