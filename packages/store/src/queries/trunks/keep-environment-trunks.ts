import type { Database } from '../../database.js';
import { SQL_NOW } from '../../sql-now.js';
import { type EnvironmentTrunk, TRUNK_COLUMNS, trunkValues } from '../../trunk.js';

const COLUMNS = [...TRUNK_COLUMNS, 'environment_place', 'environment_mark'];

const PUT = `
  insert into trunks (sid, account_sid, ${COLUMNS.join(', ')}, date_created, date_updated)
  values ($1, $2, ${COLUMNS.map((_, index) => `$${index + 3}`).join(', ')}, ${SQL_NOW}, ${SQL_NOW})
  on conflict (sid) do update set
    ${COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ')}, date_updated = excluded.date_updated
  where trunks.environment_mark is distinct from excluded.environment_mark`;

/** Several instances start at once, in a roll-out with another list each: one list after the other, whole. */
const LOCK = "select pg_advisory_xact_lock(hashtextextended('trunkline environment trunks', 0))";

const REMOVE = 'delete from trunks where environment_place is not null and not (sid = any($1::text[]))';

/** Makes the trunks of the environment these, whosever they were. One whose mark is known is left as it is. */
export async function keepEnvironmentTrunks(
  database: Database,
  trunks: readonly EnvironmentTrunk[],
): Promise<void> {
  await database.transact(async (transaction) => {
    await transaction.execute(LOCK);
    const values = [trunks.map(({ sid }) => sid)];
    await transaction.run({ name: 'remove-environment-trunks', text: REMOVE, values });
    for (const trunk of trunks) {
      const { sid, accountSid, environmentPlace, environmentMark } = trunk;
      await transaction.run({
        name: 'put-environment-trunk',
        text: PUT,
        values: [sid, accountSid, ...trunkValues(trunk), environmentPlace, environmentMark],
      });
    }
  });
}
