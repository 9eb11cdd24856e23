import { SQL_NOW } from './sql-now.js';

/** The `set` of an update, and what stands in it. */
export interface Assignments {
  /** Tells which columns are set, in few characters: part of the statement's name. */
  id: string;
  text: string;
  values: unknown[];
}

/** Sets the columns of what is given, and the time of the change. Values count on from `$<firstValue>`. */
export function assignChanges<Changes extends object>(
  columns: Readonly<Record<keyof Changes, string>>,
  changes: Changes,
  firstValue: number,
): Assignments {
  const names = (Object.keys(columns) as (keyof Changes)[]).filter((name) => changes[name] !== undefined);
  const given = names.map((name, index) => `${columns[name]} = $${firstValue + index}`);
  const all = Object.keys(columns) as (keyof Changes)[];
  return {
    id: names.map((name) => all.indexOf(name)).join('-'),
    text: [...given, `date_updated = ${SQL_NOW}`].join(', '),
    values: names.map((name) => changes[name]),
  };
}
