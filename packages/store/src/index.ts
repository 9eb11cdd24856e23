export type { Account, NewAccount } from './account.js';
export { StoreError, StoreUnavailableError } from './errors.js';
export { migrate } from './migrate.js';
export type { CallFilter, CallPage, PageRequest } from './queries/list-calls.js';
export type { QueuedCallsRequest } from './queries/list-queued-calls.js';
export type { WrittenCalls } from './queries/write-calls.js';
export { openStore, type Store, type StoreOptions } from './store.js';
