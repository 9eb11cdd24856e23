import type { Operation } from '../operation.js';
import type { ParameterSet } from '../parameters/parameter-set.js';
import type { Door } from '../represent/door.js';
import { describeError, referToError } from './describe-errors.js';
import { describeSchema, type Schemas } from './describe-resource.js';
import type { Described } from './described.js';

interface Where {
  door: Door;
  path: string;
  schemas: Schemas;
}

/** An operation at one of its paths. */
export function describeOperation(operation: Operation, { door, path, schemas }: Where): Described {
  const { id, summary, description, query, form, headers, tag, needs } = operation;
  const text = [description, NEEDS[needs]].filter((part) => part !== undefined).join('\n\n');
  const is2012 = door.version === '2012-04-24';
  return {
    operationId: camelCase(id) + (is2012 ? '' : '2010'),
    tags: [is2012 ? tag : `${tag} (2010-04-01)`],
    summary,
    ...(text !== '' && { description: text }),
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => describePathParameter(name)),
      ...(query ? describeQuery(query) : []),
      ...Object.entries(headers ?? {}).map(describeHeader),
    ],
    ...(form && { requestBody: describeForm(form) }),
    responses: { ...describeSuccess(operation, door, schemas), ...describeRefusals(operation, path) },
  };
}

/** What not all credentials allow. */
const NEEDS: Readonly<Partial<Record<Operation['needs'], string>>> = {
  write: 'Not with an API key that may only read.',
  manage: "Only with the account's own Sid and token, not with an API key.",
};

function camelCase(id: string): string {
  return id.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

function describePathParameter(name: string): Described {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function describeHeader([name, description]: [string, string]): Described {
  return { name, in: 'header', description, schema: { type: 'string' } };
}

interface ObjectSchema extends Described {
  properties: Record<string, Described>;
  required?: string[];
}

function describeQuery(set: ParameterSet<unknown>): Described[] {
  const { properties, required = [] } = describeSchema(set.schema, 'input') as ObjectSchema;
  return set.names.map((name) => {
    const { description, ...schema } = properties[name] ?? {};
    const isRequired = required.includes(name) && { required: true };
    const style = set.maps.has(name) && { style: 'deepObject', explode: true };
    return { name, in: 'query', ...(description ? { description } : {}), ...isRequired, ...style, schema };
  });
}

function describeForm(set: ParameterSet<unknown>): Described {
  const schema = describeSchema(set.schema, 'input') as ObjectSchema;
  const styles = [
    ...[...set.repeatable].map((name) => [name, { style: 'form', explode: true }]),
    ...[...set.maps].map((name) => [name, { style: 'deepObject', explode: true }]),
  ];
  const encoding = styles.length > 0 && { encoding: Object.fromEntries(styles) };
  return {
    ...((schema.required?.length ?? 0) > 0 && { required: true }),
    content: { 'application/x-www-form-urlencoded': { schema, ...encoding } },
  };
}

function describeSuccess({ success }: Operation, door: Door, schemas: Schemas): Described {
  const { status, shows, list, contentType } = success;
  if (contentType) {
    return {
      [status]: { description: 'It begins', content: { [contentType]: { schema: { type: 'string' } } } },
    };
  }
  if (!shows) return { [status]: { description: 'Done' } };
  const schema = list ? schemas.list(shows, door) : schemas.one(shows, door);
  const text = { schema: { type: 'string' } };
  const location = {
    Location: { description: 'Where it is, relative to the server', schema: { type: 'string' } },
  };
  return {
    [status]: {
      description: list ? `A page of ${shows.list}` : `The ${shows.name}`,
      ...(status === 201 && { headers: location }),
      content: { 'application/json': { schema }, 'application/xml': text, 'text/csv': text },
    },
  };
}

function describeRefusals(operation: Operation, path: string): Described {
  const { query, form, refusals = {} } = operation;
  const usual = [401, 403, 429, 500, 503];
  if (query || form) usual.push(400);
  if (form) usual.push(413, 415);
  if (path.includes('{')) usual.push(404);
  const own = Object.entries(refusals).map(([status, text]) => [status, describeError(Number(status), text)]);
  return {
    ...Object.fromEntries(usual.map((status) => [status, referToError(status)])),
    ...Object.fromEntries(own),
  };
}
