import type { CallRecord } from '@trunkline/contracts';
import type { Account, NewAccount } from './account.js';
import { openDatabase } from './database.js';
import { ensureAccount } from './queries/ensure-account.js';
import { listAccounts } from './queries/list-accounts.js';
import { type CallFilter, type CallPage, listCalls, type PageRequest } from './queries/list-calls.js';
import { listQueuedCalls, type QueuedCallsRequest } from './queries/list-queued-calls.js';
import { readCall } from './queries/read-call.js';
import { type WrittenCalls, writeCalls } from './queries/write-calls.js';

/** Call history and accounts. Every method throws StoreUnavailableError (try again later) or StoreError. */
export interface Store {
  /** Brings history up to these records, in any order and any number of times; see WrittenCalls. */
  writeCalls(records: readonly CallRecord[]): Promise<WrittenCalls>;
  readCall(accountSid: string, callSid: string): Promise<CallRecord | null>;
  /** Newest first. */
  listCalls(accountSid: string, filter: CallFilter, page: PageRequest): Promise<CallPage>;
  /** Calls with status queued, oldest first. */
  listQueuedCalls(request: QueuedCallsRequest): Promise<CallRecord[]>;
  listAccounts(): Promise<Account[]>;
  /** Creates the account, or gives the existing one of that Sid this token, address and name. */
  ensureAccount(account: NewAccount): Promise<Account>;
  /** Succeeds when Postgres answers. */
  ping(): Promise<void>;
  /** Waits for the statements under way, then closes every connection. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** A `postgres://` URL. */
  url: string;
  /** The most connections at a time, 10 by default. */
  poolSize?: number;
  /** Told of connections that broke while idle; they are replaced without it. */
  onError?: (error: Error) => void;
}

/** Opens the store. It connects when first asked something, so that it can be opened while Postgres is away. */
export function openStore({ url, poolSize = 10, onError = () => {} }: StoreOptions): Store {
  const database = openDatabase({ url, poolSize, onError });
  return {
    writeCalls: (records) => writeCalls(database, records),
    readCall: (accountSid, callSid) => readCall(database, accountSid, callSid),
    listCalls: (accountSid, filter, page) => listCalls(database, accountSid, filter, page),
    listQueuedCalls: (request) => listQueuedCalls(database, request),
    listAccounts: () => listAccounts(database),
    ensureAccount: (account) => ensureAccount(database, account),
    async ping() {
      await database.run({ name: 'ping', text: 'select 1', values: [] });
    },
    close: () => database.close(),
  };
}
