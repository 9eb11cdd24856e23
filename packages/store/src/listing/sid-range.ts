/** Sids from `from`, up to `until` exclusive, in byte order. */
export interface SidRange {
  from: string;
  until: string;
}

/** 48 bits of a UUIDv7 are its time (RFC 9562 §5.7). */
export const END_OF_TIME_MS = 2 ** 48;

/** Not above any Sid of a call minted in or after this millisecond, and above all before. */
export function sidFloor(ms: number): string {
  if (ms >= END_OF_TIME_MS) return 'CB';
  return `CA${Math.max(0, Math.ceil(ms)).toString(16).padStart(12, '0')}`;
}

/** Above this Sid, and not above the one after it. */
export function sidAfter(sid: string): string {
  return `${sid}0`;
}

/** When the Sid was minted, ms since the epoch. */
export function sidMs(sid: string): number {
  return Number.parseInt(sid.slice(2, 14), 16);
}

export function intersect(one: SidRange, other: SidRange): SidRange {
  return {
    from: one.from > other.from ? one.from : other.from,
    until: one.until < other.until ? one.until : other.until,
  };
}
