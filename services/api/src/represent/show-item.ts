import type { AnyItem, AnyPage, AnyResource } from '../operation.js';
import type { Door } from './door.js';
import type { Field, Format, Place } from './resource.js';
import { writeTime } from './write-time.js';

type Value = ReturnType<Field<unknown>['value']>;

/** An item as a plain object: what is shown of it, in its order, with null for what is absent. */
export type ShownItem = Record<string, Value>;

/** What a format shows of an item; how that is written is the business of the format's library. */
export function showItem({ resource, value }: AnyItem, place: Place, format: Format): ShownItem {
  return show(value, shownFields(resource, place.door, format), place);
}

export function showItems({ resource, page }: AnyPage, place: Place, format: Format): ShownItem[] {
  const fields = shownFields(resource, place.door, format);
  return page.items.map((item) => show(item, fields, place));
}

function show(item: unknown, fields: readonly ShownField[], place: Place): ShownItem {
  const shown: ShownItem = {};
  for (const { name, kind, value } of fields) shown[name] = atDoor(value(item, place), kind, place.door);
  return shown;
}

function atDoor(value: Value, kind: Field<unknown>['kind'], door: Door): Value {
  if (value === null) return null;
  if (kind === 'time') return writeTime(value as string, door);
  return kind === 'integer' && door.numbersAsText ? String(value) : value;
}

/** A property under the name that it has in a format. */
export type ShownField = Pick<Field<unknown>, 'name' | 'kind' | 'value'>;

const known = new WeakMap<AnyResource, Map<string, readonly ShownField[]>>();

/** The properties that a format shows at a door, in their order. They are found once, however often they are written. */
export function shownFields(resource: AnyResource, door: Door, format: Format): readonly ShownField[] {
  const where = `${door.version} ${format}`;
  const ofResource = known.get(resource) ?? new Map<string, readonly ShownField[]>();
  known.set(resource, ofResource);
  const fields = ofResource.get(where) ?? findFields(resource, door, format);
  ofResource.set(where, fields);
  return fields;
}

function findFields({ fields }: AnyResource, door: Door, format: Format): ShownField[] {
  const here = [format, door.version, `${door.version} ${format}`];
  return (fields as readonly Field<unknown>[])
    .filter(
      ({ kind, notIn = [] }) =>
        (format === 'json' || kind !== 'object') && !notIn.some((one) => here.includes(one)),
    )
    .map(({ name, json, kind, value }) => ({
      name: format === 'json' ? (json ?? snakeCase(name)) : name,
      kind,
      value,
    }));
}

export function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
