export {
  type Account,
  type AccountChanges,
  type FirstAccount,
  MAX_ACCOUNT_DEPTH,
  type NewAccount,
} from './account.js';
export type { AccountStore } from './account-store.js';
export type { ApiKey, ApiKeyChanges, NewApiKey } from './api-key.js';
export type { ListedCall } from './call-columns.js';
export type { CallLogEntry, Notification } from './call-log.js';
export type { CallLogStore } from './call-log-store.js';
export { callSidAt } from './call-sid-at.js';
export type { ClientChanges, NewClient } from './client.js';
export {
  BadCursorError,
  ConflictError,
  LimitReachedError,
  StoreError,
  StoreUnavailableError,
} from './errors.js';
export { addressKey } from './listing/address-key.js';
export {
  type CallFilter,
  type CallPage,
  type ListOrder,
  type ListRequest,
  type PagePlace,
  SORT_KEYS,
  type SortKey,
  type TimeRange,
} from './listing/list-request.js';
export { migrate } from './migrate.js';
export type { PageRequest } from './page-request.js';
export type { PartitionPeriod } from './partitions/period.js';
export type { NewPhoneNumber, PhoneNumberChanges } from './phone-number.js';
export type { AccountFilter, AccountPage } from './queries/accounts/list-children.js';
export type { ApiKeyPage } from './queries/api-keys/list-api-keys-of.js';
export type { CallLogPage } from './queries/call-log/list-call-events.js';
export type { NotificationFilter, NotificationPage } from './queries/call-log/list-notifications.js';
export type { WrittenLog } from './queries/call-log/write-call-events.js';
export type { QueuedCallsRequest } from './queries/list-queued-calls.js';
export type { OwnedPage } from './queries/owned/list-owned-of.js';
export type { PartitionOptions, PreparedPartitions } from './queries/prepare-partitions.js';
export type { RateFilter, RatePage } from './queries/rates/list-rates-of.js';
export type { WrittenCalls } from './queries/write-calls.js';
export type { NewRate, RateChanges } from './rate.js';
export type { ClientFilter, PhoneNumberFilter, RoutingStore, TrunkFilter } from './routing-store.js';
export { openStore, type Store, type StoreOptions } from './store.js';
export type { EnvironmentTrunk, NewTrunk, StoredTrunk, TrunkChanges } from './trunk.js';
