import type { HealthCheck } from '@trunkline/runtime';
import type { Accounts } from './accounts/open-accounts.js';
import type { CallBus } from './ports.js';

/**
 * Ready is who can accept calls. That takes the bus and an account, but neither Postgres nor Redis: a process is not taken
 * out of service because reads fail. Only while the database is being brought up to date at the start, it waits for that.
 */
export function createChecks(
  bus: Pick<CallBus, 'isConnected'>,
  { book, state }: Pick<Accounts, 'book' | 'state'>,
): Record<string, HealthCheck> {
  return {
    bus: () => (bus.isConnected() ? null : 'not connected to NATS'),
    accounts: () => (book.size() > 0 ? null : 'no account is known'),
    database: () => (state() === 'preparing' ? 'being brought up to date' : null),
  };
}
