import type { Operation } from '../operation.js';
import type { AccountPorts } from './account-ports.js';
import { createAccountOperation } from './create-account.js';
import { exchangeTokenOperations } from './exchange-tokens.js';
import { getAccountOperation } from './get-account.js';
import { listAccountsOperation } from './list-accounts.js';
import { manageKeysOperations } from './manage-keys.js';
import { updateAccountOperation } from './update-account.js';

/** What the API can do with accounts, their tokens and their keys. */
export function accountOperations(ports: AccountPorts): Operation[] {
  return [
    createAccountOperation(ports),
    listAccountsOperation(ports),
    getAccountOperation(ports),
    updateAccountOperation(ports),
    ...exchangeTokenOperations(ports),
    ...manageKeysOperations(ports),
  ];
}
