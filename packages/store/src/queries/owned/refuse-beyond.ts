import type { Transaction } from '../../database.js';
import { LimitReachedError } from '../../errors.js';
import type { Owned, OwnedTable } from '../../owned-table.js';

/**
 * The head of an account's branch: the account that it is below, or is, right below the one at the top. An account at the
 * top is a branch by itself.
 */
const LOCK_HEAD = `
  with recursive line as (
    select sid, parent_sid, depth from accounts where sid = $1
    union all
    select above.sid, above.parent_sid, above.depth from accounts above join line on above.sid = line.parent_sid
  )
  select sid, depth from accounts
  where sid = (select sid from line where depth <= 1 order by depth desc limit 1) for no key update`;

/**
 * Throws LimitReachedError when the account's branch has `max` of the table's things. All of a branch counts together,
 * since its accounts can make as many more below them as they like. Its writers take turns until the end of their
 * transactions: a statement after the lock sees what was committed while it waited.
 * `offset 0` keeps each account's rows a look-up of its own: planned as a join, all rows of all accounts would be read.
 */
export async function refuseBeyond<Thing extends Owned, Changes, Row extends object>(
  transaction: Transaction,
  { name, counted = 'true' }: OwnedTable<Thing, Changes, Row>,
  { accountSid, max }: { accountSid: string; max: number },
): Promise<void> {
  const lock = { name: 'lock-head-of-branch', text: LOCK_HEAD, values: [accountSid] };
  const { rows } = await transaction.run<{ sid: string; depth: number }>(lock);
  const { rowCount } = await transaction.run({
    name: `reach-${name}`,
    text: `
      with recursive branch as (
        select $1::text collate "C" as sid
        union all
        select below.sid
        from branch, lateral (select sid from accounts where $2 and parent_sid = branch.sid offset 0) below
      )
      select 1
      from branch, lateral (select 1 from ${name} where account_sid = branch.sid and ${counted} offset 0) counted
      offset $3 limit 1`,
    values: [rows[0]?.sid ?? accountSid, rows[0]?.depth !== 0, max - 1],
  });
  if (rowCount > 0) throw new LimitReachedError(max);
}
