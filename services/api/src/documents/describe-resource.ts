import { z } from 'zod';
import type { AnyResource } from '../operation.js';
import { RFC_2822 } from '../represent/call-schema.js';
import type { Door } from '../represent/door.js';
import { shownFields, snakeCase } from '../represent/show-item.js';
import type { Described } from './described.js';

/** The schemas that operations refer to, gathered as they do. */
export interface Schemas {
  one(resource: AnyResource, door: Door): Described;
  list(resource: AnyResource, door: Door): Described;
  all(): Record<string, Described>;
}

export function createSchemas(): Schemas {
  const gathered = new Map<string, Described>();
  const refer = (name: string, describe: () => Described) => {
    if (!gathered.has(name)) gathered.set(name, describe());
    return { $ref: `#/components/schemas/${name}` };
  };
  const one: Schemas['one'] = (resource, door) =>
    refer(nameAt(resource.name, door), () => describeResource(resource, door));
  return {
    one,
    list: (resource, door) =>
      refer(`${nameAt(resource.list, door)}Page`, () => describePage(resource, one(resource, door))),
    all: () => Object.fromEntries(gathered),
  };
}

function nameAt(name: string, { version }: Door): string {
  return version === '2012-04-24' ? name : `${name}2010`;
}

function describeResource(resource: AnyResource, door: Door): Described {
  const at2012 = describeSchema(resource.schema, 'output');
  if (door.version === '2012-04-24') return at2012;
  const known = at2012.properties as Record<string, Described> | undefined;
  const own = resource.objectsAt2010 ?? {};
  const properties = Object.fromEntries(
    shownFields(resource, door, 'json').map(({ name, kind }) => [
      name,
      own[name]
        ? describeSchema(own[name], 'output')
        : describeAt2010(kind, known?.[name] ?? { type: ['string', 'null'] }),
    ]),
  );
  return { type: 'object', properties, required: Object.keys(properties) };
}

function describeAt2010(kind: string, at2012: Described): Described {
  const description = at2012.description as string | undefined;
  if (kind === 'time') {
    return { type: ['string', 'null'], description: description ? `${description}. ${RFC_2822}` : RFC_2822 };
  }
  return kind === 'integer' ? { type: ['string', 'null'], ...(description && { description }) } : at2012;
}

const integer = { type: 'integer' };
const uri = { type: 'string' };
const uriOrNull = { type: ['string', 'null'] };

function describePage(resource: AnyResource, items: Described): Described {
  const properties = {
    page: { ...integer, description: 'From 0' },
    num_pages: integer,
    page_size: integer,
    total: { ...integer, description: 'How many items all pages have' },
    start: { ...integer, description: 'The position of the first item of this page in the list, from 0' },
    end: { ...integer, description: 'The position of the last one' },
    uri,
    first_page_uri: uri,
    previous_page_uri: uriOrNull,
    next_page_uri: uriOrNull,
    last_page_uri: uri,
    [snakeCase(resource.list)]: { type: 'array', items },
  };
  return { type: 'object', properties, required: Object.keys(properties) };
}

/** The JSON Schema of a zod schema, without what says nothing to a reader. */
export function describeSchema(schema: z.ZodType, io: 'input' | 'output'): Described {
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      if (def.type === 'default') jsonSchema.default = def.defaultValue as typeof jsonSchema.default;
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      delete jsonSchema.propertyNames;
      delete jsonSchema.additionalProperties;
    },
  }) as Described;
  return described;
}
