import type { z } from 'zod';
import type { Door } from './door.js';

/** Where a representation is shown: what URIs in it begin with. */
export interface Place {
  door: Door;
  /** `/2012-04-24` or `/<version>/Accounts/<Sid>`: in the form in which the request named it. */
  base: string;
  /** At the end of the URIs in it: those of JSON lead to JSON. */
  extension: '' | '.json' | '.csv';
}

/** The formats in which everything can be had. */
export type Format = 'xml' | 'json' | 'csv';

/** A format, a door, or a format at one door. */
export type Where = Format | Door['version'] | `${Door['version']} ${Format}`;

/**
 * A property of a resource. Its kind says how it is shown: a `time` is ISO 8601 with milliseconds here, and is rewritten
 * for a door that wants it otherwise; an `integer` becomes text at a door that wants numbers as text, a `number` never; an
 * `object` is JSON only.
 */
export interface Field<T> {
  /** In XML and CSV. */
  name: string;
  /** In JSON; the name in snake case when absent. */
  json?: string;
  kind: 'text' | 'time' | 'integer' | 'number' | 'boolean' | 'object';
  value(item: T, place: Place): string | number | boolean | object | null;
  /** Where it is left out; everywhere shown when absent. */
  notIn?: readonly Where[];
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
  /** One of them, for the document. */
  example?: unknown;
  /** The shapes of those of its objects that are otherwise at the 2010 door, by their names in JSON. */
  objectsAt2010?: Readonly<Record<string, z.ZodType>>;
}

/** The URI of an item, relative to the server. */
export function uriOf<T>(resource: Pick<Resource<T>, 'path'>, item: T, place: Place): string {
  return place.base + resource.path(item) + place.extension;
}
