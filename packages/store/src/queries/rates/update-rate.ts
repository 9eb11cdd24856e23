import type { Rate } from '@trunkline/contracts';
import { assignChanges } from '../../assign-changes.js';
import type { Database } from '../../database.js';
import { RATE_CHANGE_COLUMNS, RATE_SELECT_LIST, type RateChanges, type RateRow, toRate } from '../../rate.js';

/** Changes what is given; null when the account has no such rate. Throws ConflictError as createRate does. */
export async function updateRate(
  database: Database,
  accountSid: string,
  sid: string,
  changes: RateChanges,
): Promise<Rate | null> {
  const { id, text, values } = assignChanges(RATE_CHANGE_COLUMNS, changes, 3);
  const { rows } = await database.run<RateRow>({
    name: `update-rate-${id}`,
    text: `update rates set ${text} where sid = $1 and account_sid = $2 returning ${RATE_SELECT_LIST}`,
    values: [sid, accountSid, ...values],
  });
  return rows[0] ? toRate(rows[0]) : null;
}
