import type { CallRecord } from '@trunkline/contracts';

/** C0, DEL and C1 (Unicode category Cc): the NUL, which Postgres cannot hold, and others that nobody reads. */
const CONTROL_CHARACTERS = /\p{Cc}/gu;

/** The record without control characters in any of its texts, nested ones included. */
export function cleanRecord(record: CallRecord): CallRecord {
  return cleanValue(record) as CallRecord;
}

function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(CONTROL_CHARACTERS, '');
  if (Array.isArray(value)) return value.map(cleanValue);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cleanValue(inner)]));
}
