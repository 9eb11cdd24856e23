import type { Rate } from '@trunkline/contracts';

/** What a rate is made from. */
export type NewRate = Omit<Rate, 'dateCreated' | 'dateUpdated'>;

/** What can be different later; what is left out stays. */
export type RateChanges = Partial<Omit<NewRate, 'sid' | 'accountSid'>>;

/** A row of `rates`, as the driver hands it out: numbers of any size as text. */
export interface RateRow {
  sid: string;
  account_sid: string;
  direction: Rate['direction'];
  prefix: string;
  description: string;
  currency: string;
  connection_fee: string;
  price_per_minute: string;
  increment_seconds: number;
  date_created: string;
  date_updated: string;
}

/** The column of each thing that can change. */
export const RATE_CHANGE_COLUMNS: Readonly<Record<keyof RateChanges, string>> = {
  direction: 'direction',
  prefix: 'prefix',
  description: 'description',
  currency: 'currency',
  connectionFee: 'connection_fee',
  pricePerMinute: 'price_per_minute',
  incrementSeconds: 'increment_seconds',
};

/** The list after `select` or `returning` for rows that toRate reads. */
export const RATE_SELECT_LIST = [
  'sid',
  'account_sid',
  ...Object.values(RATE_CHANGE_COLUMNS),
  'date_created',
  'date_updated',
].join(', ');

export function toRate(row: RateRow): Rate {
  return {
    sid: row.sid,
    accountSid: row.account_sid,
    direction: row.direction,
    prefix: row.prefix,
    description: row.description,
    currency: row.currency,
    connectionFee: row.connection_fee,
    pricePerMinute: row.price_per_minute,
    incrementSeconds: row.increment_seconds,
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
  };
}
