import { cleanRecord } from './clean-record.js';
import { isDataFault } from './database-error.js';
import { StoreError } from './errors.js';

/** What became of a batch. */
export interface WrittenApart<Item> {
  /** Rows inserted or changed. */
  changed: number;
  refused: { item: Item; error: StoreError }[];
}

/**
 * Writes a batch in one statement, and when it is refused for what is in it, halves it until the refused items stand
 * alone, so that a bad one costs a few statements, not the batch. Such a one is written without its control characters, if
 * that helps.
 */
export async function writeApart<Item>(
  items: readonly Item[],
  write: (items: readonly Item[]) => Promise<number>,
): Promise<WrittenApart<Item>> {
  const [first] = items;
  if (first === undefined) return { changed: 0, refused: [] };
  const outcome = await attempt(items, write);
  if (!(outcome instanceof StoreError)) return { changed: outcome, refused: [] };
  if (items.length === 1) {
    const cleaned = await attempt([cleanRecord(first)], write);
    return cleaned instanceof StoreError
      ? { changed: 0, refused: [{ item: first, error: outcome }] }
      : { changed: cleaned, refused: [] };
  }
  const middle = items.length >>> 1;
  const left = await writeApart(items.slice(0, middle), write);
  const right = await writeApart(items.slice(middle), write);
  return { changed: left.changed + right.changed, refused: [...left.refused, ...right.refused] };
}

/** The number of rows, or why the items themselves were refused. Throws everything else. */
async function attempt<Item>(
  items: readonly Item[],
  write: (items: readonly Item[]) => Promise<number>,
): Promise<number | StoreError> {
  try {
    return await write(items);
  } catch (error) {
    if (error instanceof StoreError && isDataFault(error)) return error;
    throw error;
  }
}
