/** A table whose rows belong to accounts, as the queries of `queries/owned` work with it. All names are of this package. */
export interface OwnedTable<Thing extends Owned, Changes, Row extends object> {
  name: string;
  /** All columns but the Sids and the times. */
  columns: readonly string[];
  /** Which rows count against the most that an account may have: a condition; all, when there is none. */
  counted?: string;
  /** The column of what is given, and its value. */
  columnsOf(changes: Changes): Readonly<Record<string, unknown>>;
  toThing(row: Row & OwnedRow): Thing;
}

/** What belongs to an account. Times are ISO 8601 in UTC with milliseconds. */
export interface Owned {
  sid: string;
  accountSid: string;
  dateCreated: string;
  dateUpdated: string;
}

/** What is meant, and whose it is. */
export type OwnedPlace = Pick<Owned, 'sid' | 'accountSid'>;

/** The columns that every such table has, as the driver hands them out. */
export interface OwnedRow {
  sid: string;
  account_sid: string;
  date_created: string;
  date_updated: string;
}

export function toOwned(row: OwnedRow): Owned {
  return {
    sid: row.sid,
    accountSid: row.account_sid,
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
  };
}

/** The list after `select` or `returning` for rows that toThing reads. */
export function ownedSelectList({ columns }: Pick<OwnedTable<never, never, never>, 'columns'>): string {
  return ['sid', 'account_sid', ...columns, 'date_created', 'date_updated'].join(', ');
}
