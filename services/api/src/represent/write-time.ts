import type { Door } from './door.js';

/**
 * A moment as a door's clients expect it: ISO 8601 as it is, or RFC 2822, `Tue, 31 Aug 2010 20:36:28 +0000`.
 * @param iso in UTC with milliseconds
 */
export function writeTime(iso: string, { times }: Pick<Door, 'times'>): string {
  return times === 'iso' ? iso : new Date(iso).toUTCString().replace('GMT', '+0000');
}
