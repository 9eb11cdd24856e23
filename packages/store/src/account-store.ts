import type { Rate } from '@trunkline/contracts';
import type { Account, AccountChanges, FirstAccount, NewAccount } from './account.js';
import type { ApiKey, ApiKeyChanges, NewApiKey } from './api-key.js';
import type { Database } from './database.js';
import type { PageRequest } from './page-request.js';
import { createAccount } from './queries/accounts/create-account.js';
import { ensureAccount } from './queries/accounts/ensure-account.js';
import { findAccount } from './queries/accounts/find-account.js';
import { listAccounts } from './queries/accounts/list-accounts.js';
import { type AccountFilter, type AccountPage, listChildren } from './queries/accounts/list-children.js';
import { readAccount } from './queries/accounts/read-account.js';
import { updateAccount } from './queries/accounts/update-account.js';
import { createApiKey } from './queries/api-keys/create-api-key.js';
import { deleteApiKey } from './queries/api-keys/delete-api-key.js';
import { listApiKeys } from './queries/api-keys/list-api-keys.js';
import { type ApiKeyPage, listApiKeysOf } from './queries/api-keys/list-api-keys-of.js';
import { readApiKey } from './queries/api-keys/read-api-key.js';
import { updateApiKey } from './queries/api-keys/update-api-key.js';
import { createRate } from './queries/rates/create-rate.js';
import { deleteRate } from './queries/rates/delete-rate.js';
import { listRates } from './queries/rates/list-rates.js';
import { listRatesOf, type RateFilter, type RatePage } from './queries/rates/list-rates-of.js';
import { readRate } from './queries/rates/read-rate.js';
import { updateRate } from './queries/rates/update-rate.js';
import type { NewRate, RateChanges } from './rate.js';

/** Accounts, their keys and their rates, of which the api is the one writer. Each query's file says more. */
export interface AccountStore {
  /** Creates the account, or gives the existing one of that Sid this token, address and name, unless it had them before. */
  ensureAccount(account: FirstAccount): Promise<Account>;
  /** Throws ConflictError when the account above it is missing, closed or too deep, or the Sid is taken. */
  createAccount(account: NewAccount): Promise<Account>;
  /** Null when there is none. Throws ConflictError when it would open a closed account again. */
  updateAccount(sid: string, changes: AccountChanges): Promise<Account | null>;
  readAccount(sid: string): Promise<Account | null>;
  /** By Sid or email, in any case. */
  findAccount(login: string): Promise<Account | null>;
  /** Every account, or those that have changed since the latest dateUpdated that the caller knows. */
  listAccounts(changedSince?: Date): Promise<Account[]>;
  /** The account itself, and those right below it. */
  listChildren(accountSid: string, filter: AccountFilter, page: PageRequest): Promise<AccountPage>;

  createApiKey(key: NewApiKey): Promise<ApiKey>;
  /** Null when the account has no such key. */
  updateApiKey(accountSid: string, sid: string, changes: ApiKeyChanges): Promise<ApiKey | null>;
  /** The key, marked as removed; null when the account has no such key. */
  deleteApiKey(accountSid: string, sid: string): Promise<ApiKey | null>;
  /** Whosever it is; null when it is removed. */
  readApiKey(sid: string): Promise<ApiKey | null>;
  /** Every key, or those that have changed since the latest dateUpdated that the caller knows, removed ones among them. */
  listApiKeys(changedSince?: Date): Promise<ApiKey[]>;
  listApiKeysOf(accountSid: string, page: PageRequest): Promise<ApiKeyPage>;

  /** Throws ConflictError when the account has a rate for that direction and prefix. */
  createRate(rate: NewRate): Promise<Rate>;
  /** Null when the account has no such rate. Throws ConflictError as createRate does. */
  updateRate(accountSid: string, sid: string, changes: RateChanges): Promise<Rate | null>;
  /** The rate as it was; null when the account has no such rate. */
  deleteRate(accountSid: string, sid: string): Promise<Rate | null>;
  readRate(accountSid: string, sid: string): Promise<Rate | null>;
  /** The rates of all accounts. */
  listRates(): Promise<Rate[]>;
  listRatesOf(accountSid: string, filter: RateFilter, page: PageRequest): Promise<RatePage>;
}

export function createAccountStore(database: Database): AccountStore {
  return {
    ensureAccount: (account) => ensureAccount(database, account),
    createAccount: (account) => createAccount(database, account),
    updateAccount: (sid, changes) => updateAccount(database, sid, changes),
    readAccount: (sid) => readAccount(database, sid),
    findAccount: (login) => findAccount(database, login),
    listAccounts: (changedSince) => listAccounts(database, changedSince),
    listChildren: (accountSid, filter, page) => listChildren(database, accountSid, filter, page),
    createApiKey: (key) => createApiKey(database, key),
    updateApiKey: (accountSid, sid, changes) => updateApiKey(database, accountSid, sid, changes),
    deleteApiKey: (accountSid, sid) => deleteApiKey(database, accountSid, sid),
    readApiKey: (sid) => readApiKey(database, sid),
    listApiKeys: (changedSince) => listApiKeys(database, changedSince),
    listApiKeysOf: (accountSid, page) => listApiKeysOf(database, accountSid, page),
    createRate: (rate) => createRate(database, rate),
    updateRate: (accountSid, sid, changes) => updateRate(database, accountSid, sid, changes),
    deleteRate: (accountSid, sid) => deleteRate(database, accountSid, sid),
    readRate: (accountSid, sid) => readRate(database, accountSid, sid),
    listRates: () => listRates(database),
    listRatesOf: (accountSid, filter, page) => listRatesOf(database, accountSid, filter, page),
  };
}
