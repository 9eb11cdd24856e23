import type { AnyResource } from '../operation.js';
import { DOOR_2010, type Door } from './door.js';
import type { Field, Format } from './resource.js';

/** The properties that a format shows at a door, in their order. */
export function shownFields({ fields }: AnyResource, door: Door, format: Format): Field<unknown>[] {
  const here = [format, door.version, `${door.version} ${format}`];
  return (fields as readonly Field<unknown>[]).filter(
    ({ kind, notIn = [] }) =>
      (format === 'json' || (kind !== 'object' && kind !== 'json')) &&
      !notIn.some((one) => here.includes(one)),
  );
}

/** A property's name in JSON. */
export function jsonName({ name, json }: Pick<Field<unknown>, 'name' | 'json'>): string {
  return json ?? snakeCase(name);
}

export function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** Remembers what was made of a resource for a door: it is made once, however often it is written. */
export function compileOnce<T>(
  compile: (resource: AnyResource, door: Door) => T,
): (resource: AnyResource, door: Door) => T {
  const at2012 = new WeakMap<AnyResource, T>();
  const at2010 = new WeakMap<AnyResource, T>();
  return (resource, door) => {
    const made = door.version === DOOR_2010.version ? at2010 : at2012;
    const known = made.get(resource);
    if (known !== undefined) return known;
    const compiled = compile(resource, door);
    made.set(resource, compiled);
    return compiled;
  };
}
