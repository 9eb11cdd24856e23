/**
 * C0, DEL and C1 (Unicode category Cc): the NUL, which Postgres cannot hold, and others that nobody reads. And halves of
 * characters (Cs), which its jsonb cannot hold.
 */
const CONTROL_CHARACTERS = /[\p{Cc}\p{Cs}]/gu;

/** The record without control characters in any of its texts, nested ones included. */
export function cleanRecord<Item>(record: Item): Item {
  return cleanValue(record) as Item;
}

function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(CONTROL_CHARACTERS, '');
  if (Array.isArray(value)) return value.map(cleanValue);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cleanValue(inner)]));
}
