import type { Connection } from '../database.js';
import { countRows } from './count-rows.js';
import { type CountedFilter, ROOT_LEVEL } from './counted-filter.js';
import { type BucketRange, type BucketRow, type Level, readBuckets } from './read-buckets.js';
import type { Condition } from './row-conditions.js';
import { END_OF_TIME_MS, intersect, type SidRange, sidAfter, sidFloor } from './sid-range.js';

/** What is counted, and in which order its calls stand. */
export interface CountedList {
  accountSid: string;
  filter: CountedFilter;
  /** The whole filter as conditions on rows, for buckets that the counters cannot answer for. */
  conditions: readonly Condition[];
  descending: boolean;
  /** FEW_ROWS, or fewer in a test. */
  fewRows: number;
}

/** Rows of a page: `count` after `skip` others, in ranges of Sids that follow each other in the list's order. */
export interface PagePart {
  ranges: SidRange[];
  skip: number;
  count: number;
}

interface Bucket extends BucketRow {
  level: Level;
  range: SidRange;
  /** In the list's order; null when nobody has looked. */
  children: Bucket[] | null;
}

/** Rows are read, or counted, straight from a bucket that holds at most so many, rather than from its children. */
export const FEW_ROWS = 300;
/** The level below each, and how many buckets of it make one. */
const BELOW: Readonly<Record<24 | 32, { level: Level; children: number }>> = {
  32: { level: 24, children: 2 ** 8 },
  24: { level: 18, children: 2 ** 6 },
};

/**
 * A list as its counters know it: buckets of Sids, each with the number of calls that the filter lets through. Where a
 * bound of the filter goes through a bucket, its children are asked, and the rows of the smallest; so a few reads find
 * the total and any place, however long the list is. All of it must be read in one snapshot.
 */
export class CountTree {
  private constructor(
    private readonly connection: Connection,
    private readonly list: CountedList,
    private readonly roots: Bucket[],
  ) {}

  static async read(connection: Connection, list: CountedList): Promise<CountTree> {
    const tree = new CountTree(connection, list, []);
    const all = { from: 0, until: END_OF_TIME_MS / 2 ** ROOT_LEVEL };
    tree.roots.push(...(await tree.readLevel(ROOT_LEVEL, [all])));
    await tree.settle();
    return tree;
  }

  /** How many calls there are in the list. */
  get total(): number {
    return this.roots.reduce((sum, { amount }) => sum + amount, 0);
  }

  /** Outside of it there is no call of the list. */
  get hull(): SidRange {
    const leaves = this.roots.flatMap(function down(bucket: Bucket): Bucket[] {
      return bucket.children?.flatMap(down) ?? [bucket];
    });
    if (leaves.length === 0) return { from: 'CA', until: 'CA' };
    return leaves
      .map(({ range }) => range)
      .reduce((one, other) => ({
        from: one.from < other.from ? one.from : other.from,
        until: one.until > other.until ? one.until : other.until,
      }));
  }

  /** How many calls of the list stand before this one, or up to it and with it. */
  async rank(sid: string, inclusive: boolean): Promise<number> {
    const { descending } = this.list;
    const before: SidRange = descending
      ? { from: inclusive ? sid : sidAfter(sid), until: 'CB' }
      : { from: 'CA', until: inclusive ? sidAfter(sid) : sid };
    let rank = 0;
    let level: readonly Bucket[] = this.roots;
    for (;;) {
      const on = level.find(({ range }) => range.from <= sid && sid < range.until);
      const passed = level.filter(({ range }) => (descending ? range.from > sid : range.until <= sid));
      rank += passed.reduce((sum, { amount }) => sum + amount, 0);
      if (on === undefined) return rank;
      if (!this.isWorthOpening(on)) {
        const [rest = 0] = await this.countRowsIn([intersect(on.range, before)]);
        return rank + rest;
      }
      if (on.children === null) await this.open([on]);
      level = on.children ?? [];
    }
  }

  /** Where the rows from position `start` on are, at most `count` of them. */
  async locate(start: number, count: number): Promise<PagePart> {
    let { buckets, skip } = overlapping(this.roots, start, count);
    for (;;) {
      const toOpen = new Set(buckets.filter((bucket) => this.isWorthOpening(bucket)));
      await this.open([...toOpen].filter(({ children }) => children === null));
      if (toOpen.size === 0) break;
      const opened = buckets.flatMap((bucket) => (toOpen.has(bucket) ? (bucket.children ?? []) : [bucket]));
      ({ buckets, skip } = overlapping(opened, skip, count));
    }
    return { ranges: joined(buckets.map(({ range }) => range)), skip, count };
  }

  private isWorthOpening({ level, size, children }: Bucket): boolean {
    return children !== null || (level > this.list.filter.leafLevel && size > this.list.fewRows);
  }

  /** Asks the children of every bucket that the filter's bounds go through, and then the rows. */
  private async settle(): Promise<void> {
    let torn = this.roots.filter(({ whole }) => !whole);
    let rows: Bucket[] = [];
    while (torn.length > 0) {
      const toOpen = torn.filter((bucket) => this.isWorthOpening(bucket));
      rows = rows.concat(torn.filter((bucket) => !this.isWorthOpening(bucket)));
      await this.open(toOpen);
      torn = toOpen.flatMap(({ children }) => (children ?? []).filter(({ whole }) => !whole));
    }
    if (rows.length === 0 && this.roots.every(({ whole }) => whole)) return;
    const counts = await this.countRowsIn(rows.map(({ range }) => range));
    rows.forEach((bucket, index) => {
      bucket.amount = counts[index] ?? 0;
    });
    for (const root of this.roots) sumUp(root);
  }

  private async open(buckets: readonly Bucket[]): Promise<void> {
    const level = buckets[0]?.level;
    if (level === undefined || level === 18) return;
    const below = BELOW[level];
    const same = buckets.filter((bucket) => bucket.level === level);
    const ranges = same.map(({ bucket }) => ({
      from: bucket * below.children,
      until: (bucket + 1) * below.children - 1,
    }));
    const byParent = new Map<number, Bucket[]>(same.map(({ bucket }) => [bucket, []]));
    for (const child of await this.readLevel(below.level, ranges))
      byParent.get(Math.floor(child.bucket / below.children))?.push(child);
    for (const bucket of same) bucket.children = byParent.get(bucket.bucket) ?? [];
    await this.open(buckets.filter((bucket) => bucket.level !== level));
  }

  private async readLevel(level: Level, ranges: readonly BucketRange[]): Promise<Bucket[]> {
    const { filter, descending } = this.list;
    const { fromMs, untilMs } = filter.created;
    const created = { from: sidFloor(fromMs), until: sidFloor(untilMs) };
    const width = 2 ** level;
    const [lowest, highest] = [Math.floor(fromMs / width), Math.ceil(untilMs / width) - 1];
    const clipped = ranges.map(({ from, until }) => ({
      from: Math.max(from, lowest),
      until: Math.min(until, highest),
    }));
    const rows = await readBuckets(this.connection, { ...this.list, level }, clipped);
    const buckets = rows.map((row) => {
      const whole = { from: sidFloor(row.bucket * width), until: sidFloor((row.bucket + 1) * width) };
      return { ...row, level, range: intersect(whole, created), children: null };
    });
    return buckets.sort((a, b) => (descending ? b.bucket - a.bucket : a.bucket - b.bucket));
  }

  private countRowsIn(ranges: readonly SidRange[]): Promise<number[]> {
    return countRows(this.connection, this.list, ranges);
  }
}

/** The buckets in which the rows from `start` on are, and how many rows of the first come before. */
function overlapping(
  buckets: readonly Bucket[],
  start: number,
  count: number,
): { buckets: Bucket[]; skip: number } {
  const found: Bucket[] = [];
  let skip = start;
  let before = 0;
  for (const bucket of buckets) {
    const after = before + bucket.amount;
    if (bucket.amount > 0 && after > start && before < start + count) {
      if (found.length === 0) skip = start - before;
      found.push(bucket);
    }
    before = after;
  }
  return { buckets: found, skip };
}

function sumUp(bucket: Bucket): number {
  if (bucket.children !== null) bucket.amount = bucket.children.reduce((sum, child) => sum + sumUp(child), 0);
  return bucket.amount;
}

/** One range for each run of ranges that touch each other. */
function joined(ranges: readonly SidRange[]): SidRange[] {
  const runs: SidRange[] = [];
  for (const range of ranges) {
    const last = runs.at(-1);
    if (last && last.from === range.until) last.from = range.from;
    else if (last && last.until === range.from) last.until = range.until;
    else runs.push({ ...range });
  }
  return runs;
}
