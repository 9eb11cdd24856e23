import type { Database } from '../database.js';

/**
 * How many calls in the sample, one in 1,024, make an address busy: about 4,000 calls, which are still counted off an
 * index in a millisecond or two.
 */
const BUSY_SAMPLES = 4;

const BUSY = `
  select account_sid, scope from call_addresses where not counted and samples >= ${BUSY_SAMPLES} limit 100`;

const COUNT = 'select count_address($1, $2)';
/** For an address that became very busy while nobody counted: stopped too early, it would only be begun again. */
const COUNT_TIMEOUT_MS = 5 * 60_000;

/**
 * Gives each address that has become busy counters of its own, so that a list of its calls stays fast. Who writes calls of
 * the account waits while they are counted once. @returns how many addresses
 */
export async function countBusyAddresses(database: Database): Promise<number> {
  const busy = { name: 'list-busy-addresses', text: BUSY, values: [] };
  const { rows } = await database.run<{ account_sid: string; scope: string }>(busy);
  for (const { account_sid, scope } of rows) {
    const count = { name: 'count-address', text: COUNT, values: [account_sid, scope] };
    await database.transact((transaction) => transaction.run(count), COUNT_TIMEOUT_MS);
  }
  return rows.length;
}
