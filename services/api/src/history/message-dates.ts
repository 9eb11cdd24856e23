import type { NotificationFilter } from '@trunkline/store';
import { z } from 'zod';
import { dateTime } from '../parameters/kinds-of-value.js';

/** A stretch of time: from inclusive, until exclusive. */
type Stretch = Pick<NotificationFilter, 'from' | 'until'>;

/** For the document; the reader looks closer. */
const PATTERN = '^\\d{4}-\\d{2}-\\d{2}([Tt]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?([Zz]|[+ -]\\d{2}:\\d{2}))?$';
const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;
const moment = dateTime();

/**
 * `MessageDate` is a day in UTC, or a moment, which stands for its second; `MessageDate<` (`MessageDate<=` as clients
 * write it) is at or before a moment, a day's being its midnight; `MessageDate>` at or after it.
 */
export const messageDateParameters = {
  MessageDate: stretch((atMs, isDay) => ({
    from: new Date(atMs),
    until: new Date(atMs + (isDay ? DAY_MS : SECOND_MS)),
  })),
  'MessageDate<': stretch((atMs) => ({ until: new Date(atMs + 1) })),
  'MessageDate>': stretch((atMs) => ({ from: new Date(atMs) })),
};

/** What is in all of them. */
export function overlapOf(stretches: readonly (Stretch | undefined)[]): Stretch {
  const froms = stretches.flatMap((one) => one?.from?.getTime() ?? []);
  const untils = stretches.flatMap((one) => one?.until?.getTime() ?? []);
  return {
    ...(froms.length > 0 && { from: new Date(Math.max(...froms)) }),
    ...(untils.length > 0 && { until: new Date(Math.min(...untils)) }),
  };
}

function stretch(toStretch: (atMs: number, isDay: boolean) => Stretch) {
  return z
    .string()
    .meta({ pattern: PATTERN, examples: ['2026-11-24', '2026-11-24T10:30:00Z'] })
    .transform((given, context): Stretch => {
      const read = moment.safeParse(given);
      if (read.success) return toStretch(read.data.getTime(), !given.includes('T') && !given.includes('t'));
      context.addIssue({ code: 'custom', input: given, message: read.error.issues[0]?.message ?? '' });
      return z.NEVER;
    })
    .optional();
}
