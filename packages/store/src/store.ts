import type { CallRecord } from '@trunkline/contracts';
import { type AccountStore, createAccountStore } from './account-store.js';
import { type CallLogStore, createCallLogStore } from './call-log-store.js';
import { openDatabase } from './database.js';
import type { CallPage, ListRequest } from './listing/list-request.js';
import { countBusyAddresses } from './queries/count-busy-addresses.js';
import { listCalls } from './queries/list-calls.js';
import { listQueuedCalls, type QueuedCallsRequest } from './queries/list-queued-calls.js';
import {
  type PartitionOptions,
  type PreparedPartitions,
  preparePartitions,
} from './queries/prepare-partitions.js';
import { readCall } from './queries/read-call.js';
import { type WrittenCalls, writeCalls } from './queries/write-calls.js';
import { createRoutingStore, type RoutingStore } from './routing-store.js';

/** Call history, accounts with what belongs to them, and the ways to phones. Every method throws StoreUnavailableError (try again later) or StoreError. */
export interface Store extends AccountStore, CallLogStore, RoutingStore {
  /** Brings history up to these records, in any order and any number of times; see WrittenCalls. */
  writeCalls(records: readonly CallRecord[]): Promise<WrittenCalls>;
  /** A deleted one too (dateDeleted). */
  readCall(accountSid: string, callSid: string): Promise<CallRecord | null>;
  /** One page of an account's calls, never deleted ones, with the exact total. Throws BadCursorError. */
  listCalls(accountSid: string, request: ListRequest): Promise<CallPage>;
  /** Calls with status queued, oldest first. */
  listQueuedCalls(request: QueuedCallsRequest): Promise<CallRecord[]>;
  /** Keeps the partitions of `calls`: at the start of who writes calls, and every hour. */
  preparePartitions(options: PartitionOptions): Promise<PreparedPartitions>;
  /** Gives addresses that have become busy counters of their own. @returns how many */
  countBusyAddresses(): Promise<number>;
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
    ...createAccountStore(database),
    ...createCallLogStore(database),
    ...createRoutingStore(database),
    writeCalls: (records) => writeCalls(database, records),
    readCall: (accountSid, callSid) => readCall(database, accountSid, callSid),
    listCalls: (accountSid, request) => listCalls(database, { accountSid, request }),
    listQueuedCalls: (request) => listQueuedCalls(database, request),
    preparePartitions: (options) => preparePartitions(database, options),
    countBusyAddresses: () => countBusyAddresses(database),
    async ping() {
      await database.run({ name: 'ping', text: 'select 1', values: [] });
    },
    close: () => database.close(),
  };
}
