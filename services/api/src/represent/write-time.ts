import type { Door } from './door.js';

/**
 * A moment as a door's clients expect it: ISO 8601 as it is, or RFC 2822, `Tue, 31 Aug 2010 20:36:28 +0000`.
 * @param iso in UTC with milliseconds
 */
export function writeTime(iso: string, { times }: Pick<Door, 'times'>): string {
  return times === 'iso' ? iso : `${writeDay(iso.slice(0, 10))} ${iso.slice(11, 19)} +0000`;
}

/** The calls of a page are mostly of one day. */
let lastDay = { iso: '', written: '' };

/** @param iso `2010-08-31` */
function writeDay(iso: string): string {
  if (iso !== lastDay.iso) lastDay = { iso, written: new Date(iso).toUTCString().slice(0, 16) };
  return lastDay.written;
}
