import type { z } from 'zod';
import type { Door } from './door.js';

/** Where a representation is shown: what URIs in it begin with. */
export interface Place {
  door: Door;
  /** `/2012-04-24` or `/<version>/Accounts/<Sid>`: in the form in which the request named it. */
  base: string;
  /** The same, always with the account: for what the client library of the 2010 door expects. */
  extension: '' | '.json' | '.csv';
}

/**
 * A property of a resource. Its kind says how it is written: a `time` is ISO 8601 with milliseconds here, and is rewritten
 * for a door that wants it otherwise; an `integer` may become text; an `object` is JSON only.
 */
export interface Field<T> {
  /** In XML and CSV. */
  name: string;
  /** In JSON; the name in snake case when absent. */
  json?: string;
  kind: 'text' | 'time' | 'integer' | 'boolean' | 'object';
  value(item: T, place: Place): string | number | boolean | object | null;
  /** Where it is left out; everywhere shown when absent. */
  notIn?: readonly ('xml' | 'json' | 'csv' | '2012-04-24' | '2010-04-01')[];
}

/** A kind of thing that the API shows: its properties, in their order, once for all formats and doors. */
export interface Resource<T> {
  /** Of one, in XML: `Call`. */
  name: string;
  /** Of many, in XML: `Calls`; in JSON in snake case. */
  list: string;
  fields: readonly Field<T>[];
  /** Its path below the place's base, without extension: `/Calls/CA…`. */
  path(item: T): string;
  /** The shape of one in JSON at the 2012 door, for the document. */
  schema: z.ZodType;
}
