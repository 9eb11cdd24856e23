import { defineOperation, type Operation, page } from '../operation.js';
import { readPaging } from '../parameters/paging.js';
import { numberedPage } from '../represent/page.js';
import { accountListParameters } from './account-parameters.js';
import type { AccountPorts } from './account-ports.js';
import { accountResource } from './account-resource.js';
import { showAccount } from './show-account.js';

export function listAccountsOperation(ports: AccountPorts): Operation {
  return defineOperation({
    id: 'list-accounts',
    method: 'get',
    path: '/Accounts',
    root: 'version',
    tag: 'Accounts',
    summary: 'The account of the credentials, and those right below it, oldest first',
    needs: 'read',
    query: accountListParameters,
    success: { status: 200, shows: accountResource, list: true },
    async run({ caller, query, kept, door }) {
      const { page: number, pageSize } = readPaging(query, door);
      const { FriendlyName: friendlyName, Status: status } = query;
      const filter = { ...(friendlyName !== undefined && { friendlyName }), ...(status && { status }) };
      const asked = { page: number, pageSize };
      const { accounts, total } = await ports.table.listChildren(caller.account.sid, filter, asked);
      const items = accounts.map((account) => showAccount(ports, caller, account));
      return {
        status: 200,
        page: page(accountResource, numberedPage({ items, total, page: number, pageSize, kept })),
      };
    },
  });
}
