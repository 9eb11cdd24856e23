/** The database's own time, one for the whole statement and as exact as it is given back, whoever writes. */
export const SQL_NOW = "date_trunc('milliseconds', statement_timestamp())";

/**
 * How far a look for changes reaches back beyond the time asked for: a row is stamped when its statement begins and
 * seen once that is committed, and a statement may take 15 s.
 */
export const SQL_CHANGES_OVERLAP = "interval '20 seconds'";
