import type { Operation } from '../operation.js';
import type { ParameterSet } from '../parameters/parameter-set.js';
import type { Door } from '../represent/door.js';
import type { Format } from '../represent/resource.js';
import { describeError, referToError } from './describe-errors.js';
import { describeSchema, type Schemas } from './describe-resource.js';
import type { Described } from './described.js';
import { formOf, showExample, showRequest } from './show-example.js';

interface Where {
  door: Door;
  path: string;
  schemas: Schemas;
}

/** An operation at one of its paths. */
export function describeOperation(operation: Operation, { door, path, schemas }: Where): Described {
  const { id, summary, description, query, form, headers, tag, needs } = operation;
  const request = operation.exampleForm && showRequest(operation, path);
  const text = [description, NEEDS[needs], request].filter((part) => part !== undefined).join('\n\n');
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
    ...(form && { requestBody: describeForm(form, formOf(operation)) }),
    responses: {
      ...describeSuccess(operation, { door, path, schemas }),
      ...describeRefusals(operation, path),
    },
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

function describeForm(set: ParameterSet<unknown>, example: Described): Described {
  const schema = describeSchema(set.schema, 'input') as ObjectSchema;
  const styles = [
    ...[...set.repeatable].map((name) => [name, { style: 'form', explode: true }]),
    ...[...set.maps].map((name) => [name, { style: 'deepObject', explode: true }]),
  ];
  const encoding = styles.length > 0 && { encoding: Object.fromEntries(styles) };
  return {
    ...((schema.required?.length ?? 0) > 0 && { required: true }),
    content: { 'application/x-www-form-urlencoded': { schema, example, ...encoding } },
  };
}

function describeSuccess(operation: Operation, { door, path, schemas }: Where): Described {
  const { status, shows, list, contentType } = operation.success;
  if (contentType) {
    return {
      [status]: { description: 'It begins', content: { [contentType]: { schema: { type: 'string' } } } },
    };
  }
  if (!shows) return { [status]: { description: 'Done' } };
  const schema = list ? schemas.list(shows, door) : schemas.one(shows, door);
  const text = { type: 'string' };
  const inFormat = (format: Format, shape: Described) => {
    const example = showExample(operation, { door, path, format });
    return { schema: shape, ...(example !== undefined && { example }) };
  };
  const headers = {
    ...(status === 201 && { Location: 'Where it is, relative to the server' }),
    ...operation.success.headers,
  };
  return {
    [status]: {
      description: list ? `A page of ${shows.list}` : `The ${shows.name}`,
      ...(Object.keys(headers).length > 0 && { headers: describeHeaders(headers) }),
      content: {
        'application/json': inFormat('json', schema),
        'application/xml': inFormat('xml', text),
        'text/csv': inFormat('csv', text),
      },
    },
  };
}

function describeHeaders(headers: Readonly<Record<string, string>>): Described {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
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
