/** How much time one partition of `calls` holds, in UTC; weeks begin on Monday. */
export type PartitionPeriod = 'day' | 'week' | 'month';

/** How many periods after the current one have their partition already: what a recorder may be away for. */
export const PERIODS_AHEAD: Readonly<Record<PartitionPeriod, number>> = { day: 7, week: 4, month: 2 };

/** The beginning of the period in which this moment is. */
export function periodStart(period: PartitionPeriod, time: Date): Date {
  const [year, month, day] = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()];
  if (period === 'month') return new Date(Date.UTC(year, month, 1));
  const sinceMonday = (time.getUTCDay() + 6) % 7;
  return new Date(Date.UTC(year, month, period === 'week' ? day - sinceMonday : day));
}

/** The beginning of the next one. */
export function nextPeriod(period: PartitionPeriod, time: Date): Date {
  const start = periodStart(period, time);
  if (period === 'month') start.setUTCMonth(start.getUTCMonth() + 1);
  else start.setUTCDate(start.getUTCDate() + (period === 'week' ? 7 : 1));
  return start;
}
