import type { Connection } from '../database.js';
import { END_OF_TIME_MS, sidMs } from '../listing/sid-range.js';

/** A partition of `calls`: Sids of these moments, ms since the epoch, the second exclusive. */
export interface Partition {
  name: string;
  fromMs: number;
  untilMs: number;
}

/** The partition that has no end: what comes after all the others. */
export const LAST_PARTITION = 'calls_ahead';
/** The one that has no beginning: what came before all the others. */
export const FIRST_PARTITION = 'calls_earlier';

/** Partitions begin at midnight, UTC. */
export function partitionName(fromMs: number): string {
  if (fromMs === 0) return FIRST_PARTITION;
  return `calls_${new Date(fromMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

const SQL = `
  select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'calls'::regclass`;

/** All partitions, oldest first. They cover every Sid. */
export async function listPartitions(connection: Connection): Promise<Partition[]> {
  const { rows } = await connection.run<{ name: string; bounds: string }>({
    name: 'list-partitions',
    text: SQL,
    values: [],
  });
  return rows.map(({ name, bounds }) => ({ name, ...boundsOf(bounds) })).sort((a, b) => a.fromMs - b.fromMs);
}

/** `FOR VALUES FROM ('CA019a…') TO (MAXVALUE)`: a Sid's first digits are its time. */
function boundsOf(text: string): { fromMs: number; untilMs: number } {
  const [, from, until] = BOUNDS.exec(text) ?? [];
  return {
    fromMs: from === undefined ? 0 : sidMs(from),
    untilMs: until === undefined ? END_OF_TIME_MS : sidMs(until),
  };
}

const BOUNDS = /^FOR VALUES FROM \((?:MINVALUE|'(\w+)')\) TO \((?:MAXVALUE|'(\w+)')\)$/;
