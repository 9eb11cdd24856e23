import { isFinalStatus } from '@trunkline/contracts';
import type { ListedCall } from '../call-columns.js';
import type { Database } from '../database.js';
import { addressKey } from '../listing/address-key.js';
import { sidMs } from '../listing/sid-range.js';

/** Counters by their key, as plain numbers; those that count nothing are left out. */
export type Counts = Record<string, Record<string, number>>;

/** What call_counts must say of these calls, with counters of these addresses too (`t:…`, `f:…`). */
export function countsOf(calls: readonly ListedCall[], addresses: ReadonlySet<string> = new Set()): Counts {
  const counts: Counts = {};
  for (const call of calls) {
    if (call.dateDeleted !== null) continue;
    for (const [scope, level] of placesOf(call)) {
      if (scope !== '' && !addresses.has(scope)) continue;
      const key = [scope, level, Math.floor(sidMs(call.sid) / 2 ** level), call.direction].join(' ');
      counts[key] ??= {};
      const row = counts[key];
      for (const column of columnsOf(call)) row[column] = (row[column] ?? 0) + 1;
    }
  }
  return counts;
}

function placesOf(call: ListedCall): [string, number][] {
  const addresses = [`t:${addressKey(call.to)}`, `f:${addressKey(call.from)}`];
  return [
    ...[32, 24, 18].map((level): [string, number] => ['', level]),
    ...addresses.flatMap((scope): [string, number][] => [
      [scope, 32],
      [scope, 24],
    ]),
  ];
}

function columnsOf({ status, startTime, endTime }: ListedCall): string[] {
  const isAnswered = status === 'in-progress' || status === 'completed';
  const startIsOdd = status !== 'failed' && isAnswered !== (startTime !== null);
  const isOdd = startIsOdd || isFinalStatus(status) !== (endTime !== null);
  return [
    status.replace('-', '_'),
    ...(status === 'failed' && startTime !== null ? ['answered_failed'] : []),
    ...(isOdd ? ['odd'] : []),
  ];
}

const READ = `
  select concat_ws(' ', scope, level, bucket, direction) as key,
    to_jsonb(c) - '{account_sid,scope,level,bucket,direction,min_start,max_start,min_end,max_end}'::text[] as columns
  from call_counts c where account_sid = $1`;

/** The counters of an account as they are. */
export async function readCounts(database: Database, accountSid: string): Promise<Counts> {
  const statement = { name: 'read-counts', text: READ, values: [accountSid] };
  const { rows } = await database.run<{ key: string; columns: Record<string, number> }>(statement);
  const counts: Counts = {};
  for (const { key, columns } of rows) {
    const set = Object.entries(columns).filter(([, amount]) => amount !== 0);
    if (set.length > 0) counts[key] = Object.fromEntries(set);
  }
  return counts;
}
