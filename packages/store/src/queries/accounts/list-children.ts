import type { AccountStatus } from '@trunkline/contracts';
import { ACCOUNT_SELECT_LIST, type Account, type AccountRow, toAccount } from '../../account.js';
import type { Database } from '../../database.js';
import type { PageRequest } from '../../page-request.js';
import { readPage } from '../read-page.js';

/** All that are given must hold. */
export interface AccountFilter {
  friendlyName?: string;
  status?: AccountStatus;
}

export interface AccountPage {
  accounts: Account[];
  total: number;
}

/** The account itself, and those right below it, oldest first. */
export async function listChildren(
  database: Database,
  accountSid: string,
  filter: AccountFilter,
  page: PageRequest,
): Promise<AccountPage> {
  const query = {
    name: 'list-children',
    table: 'accounts',
    columns: ACCOUNT_SELECT_LIST,
    conditions: [
      { id: 'a', test: '(sid = ? or parent_sid = ?)', value: accountSid },
      { id: 'n', test: 'friendly_name = ?', value: filter.friendlyName },
      { id: 's', test: 'status = ?', value: filter.status },
    ],
    order: 'sid = $3 desc, sid',
  };
  const { rows, total } = await readPage<AccountRow>(database, query, page);
  return { accounts: rows.map(toAccount), total };
}
