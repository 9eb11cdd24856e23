import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../operation.js';
import { listOperations } from '../operations.js';
import { readParameters } from '../parameters/read-parameters.js';
import { readPath } from '../request-path.js';
import { RouteTable } from '../route-table.js';
import { createTestPorts } from '../testing/test-ports.js';
import { describeApi } from './describe-api.js';
import { ERROR_CODES } from './error-codes.js';

/** Operations that are described and not run need no ports. */
const none = {} as never;
const operations = listOperations({
  calls: createTestPorts(),
  history: none,
  streams: none,
  accounts: none,
  routing: none,
});
const document = describeApi(operations);
const paths = document.paths as Record<string, Record<string, DescribedOperation>>;

interface DescribedOperation {
  operationId: string;
  description?: string;
  parameters: { name: string; in: string; required?: boolean; schema?: { pattern?: string } }[];
  requestBody?: { content: Record<string, { schema: { properties: object; required?: string[] } }> };
  responses: Record<
    string,
    {
      description?: string;
      headers?: object;
      content?: Record<string, { schema: object; example?: unknown }>;
    }
  >;
}

test('the document is OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect([valid, errors, validator.version]).toEqual([true, undefined, '3.1']);
});

test('every reference in it leads somewhere', () => {
  const text = JSON.stringify(document);
  const components = document.components as Record<string, Record<string, unknown>>;
  const missing = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)].filter(
    ([, kind = '', name = '']) => components[kind]?.[name] === undefined,
  );
  expect(missing.map(([reference]) => reference)).toEqual([]);
});

test('no two operations have one id', () => {
  const ids = Object.values(paths).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

describe('every operation', () => {
  test.each(operations.map((one): [string, Operation] => [one.id, one]))(
    '%s is in it at both doors',
    (_id, one) => {
      const described = Object.keys(paths).filter(
        (path) => path.endsWith(one.path) && paths[path]?.[one.method],
      );
      expect(described.some((path) => path.startsWith('/2012-04-24/'))).toBe(true);
      expect(described.some((path) => path.startsWith('/2010-04-01/'))).toBe(true);
    },
  );
});

test('every path in it is one of the router, with that operation', () => {
  const table = new RouteTable(operations);
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, { operationId }] of Object.entries(item)) {
      const routes = table.find(readPath(path).segments)?.routes as Record<string, { operation: Operation }>;
      const id = routes[method]?.operation.id.replace(/-(\w)/g, (_all, letter: string) =>
        letter.toUpperCase(),
      );
      expect(operationId.replace(/2010$/, '')).toBe(id);
    }
  }
});

test('creating a call is described as it is read', () => {
  const { requestBody, responses } = (paths['/2012-04-24/Calls'] as Record<string, DescribedOperation>)
    .post as DescribedOperation;
  const { schema } = requestBody?.content['application/x-www-form-urlencoded'] ?? {};
  expect(schema?.required).toEqual(expect.arrayContaining(['From', 'To']));
  expect(schema?.properties).toMatchObject({
    Url: { type: 'string', format: 'uri' },
    Method: { default: 'POST', enum: ['GET', 'POST'] },
    Timeout: { type: 'integer', minimum: 1, maximum: 600 },
    StatusCallbackEvent: { type: 'array' },
  });
  expect(responses['201']?.content?.['application/json']?.schema).toEqual({
    $ref: '#/components/schemas/Call',
  });
});

/** A schema of the document that reads: its references are followed. */
function schemaOf(schema: object): z.ZodType {
  const { schemas } = document.components as { schemas: Record<string, object> };
  const follow = (_key: string, value: unknown): unknown => {
    const name = /^#\/components\/schemas\/(\w+)$/.exec((value as { $ref?: string } | null)?.$ref ?? '')?.[1];
    return name === undefined ? value : JSON.parse(JSON.stringify(schemas[name]), follow);
  };
  return z.fromJSONSchema(JSON.parse(JSON.stringify(schema), follow));
}

const { responses: errors } = document.components as Pick<DescribedOperation, 'responses'>;
const answers = Object.entries({ ...paths, errors: { all: { responses: errors } } }).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, { responses }]) =>
    Object.entries(responses).flatMap(([status, { content }]) => {
      const { schema, example } = content?.['application/json'] ?? {};
      return schema && example ? [{ what: `${method} ${path} ${status}`, schema, example }] : [];
    }),
  ),
);

test.each(answers)('the example of $what is what its schema says', ({ schema, example }) => {
  expect(schemaOf(schema).safeParse(example).error).toBeUndefined();
  const { code } = example as { code?: number };
  if (code !== undefined) expect(ERROR_CODES.has(code)).toBe(true);
});

test('calls, pages of them, and errors have examples at both doors', () => {
  const whats = answers.map(({ what }) => what);
  for (const base of ['/2012-04-24', '/2010-04-01/Accounts/{AccountSid}']) {
    const wanted = [`post ${base}/Calls 201`, `get ${base}/Calls 200`, `get ${base}/Calls/{CallSid} 200`];
    expect(whats).toEqual(expect.arrayContaining(wanted));
  }
  expect(whats).toEqual(expect.arrayContaining(['all errors Error401', 'all errors Error429']));
  const made = answers.find(({ what }) => what === 'post /2010-04-01/Accounts/{AccountSid}/Calls 201');
  expect(made?.example).toMatchObject({ status: 'queued', price_unit: 'USD', api_version: '2010-04-01' });
});

test.each(operations.filter(({ form }) => form).map((one): [string, Operation] => [one.id, one]))(
  'the example form of %s is taken, and shown',
  (_id, { form, exampleForm = {}, method, path }) => {
    expect(Object.keys(exampleForm)).not.toEqual([]);
    expect(() => form && readParameters(form, Object.entries(exampleForm))).not.toThrow();
    const [, item] = Object.entries(paths).find(([one, at]) => one.endsWith(path) && at[method]) ?? [];
    expect(item?.[method]?.description).toContain('curl -u');
  },
);

const formOf = (path: string) =>
  paths[path]?.post?.requestBody?.content['application/x-www-form-urlencoded']?.schema.properties;

test('creating a call tells its headers and both of its limits', () => {
  const responses = paths['/2012-04-24/Calls']?.post?.responses;
  expect(Object.keys(responses?.['201']?.headers ?? {})).toEqual(['Location', 'Idempotent-Replayed']);
  expect(responses?.['429']?.description).toContain('requests a second');
});

test('a page token is a parameter of lists of calls alone', () => {
  const withToken = Object.entries(paths).filter(([, item]) =>
    item.get?.parameters.some(({ name }) => name === 'PageToken'),
  );
  expect(withToken.map(([path]) => path)).toEqual([
    '/2012-04-24/Calls',
    '/2010-04-01/Accounts/{AccountSid}/Calls',
  ]);
});

test('a time that is looked for may be a date', () => {
  for (const path of ['/2012-04-24/Calls', '/2012-04-24/Notifications']) {
    const times = paths[path]?.get?.parameters.filter(({ name }) => /Time|Date/.test(name)) ?? [];
    expect(times.length).toBeGreaterThan(2);
    for (const { schema } of times) {
      expect(schema).not.toHaveProperty('format');
      const pattern = new RegExp(schema?.pattern ?? 'none');
      for (const time of ['2026-11-24', '2026-11-24T10:30:00Z']) expect(time).toMatch(pattern);
      expect('yesterday').not.toMatch(pattern);
    }
  }
});

test('the parameters of a rate have their bounds', () => {
  expect(formOf('/2012-04-24/Rates')).toMatchObject({
    Prefix: { pattern: '^\\+?\\d{0,15}$' },
    PricePerMinute: { pattern: '^\\d{1,9}(\\.\\d{1,6})?$' },
    Currency: { pattern: '^[A-Z]{3}$' },
    Description: { maxLength: 200 },
  });
});

test('what is only kept says so', () => {
  const form = formOf('/2012-04-24/Calls') as Record<string, { description?: string }>;
  for (const name of ['SendDigits', 'Record', 'RecordingTrack', 'MachineDetection', 'AsyncAmd']) {
    expect(form[name]?.description).toContain('not carried out in this release');
  }
});

test('at the door of 2010 numbers and times of a call are text', () => {
  const { schemas } = document.components as {
    schemas: Record<string, { properties: Record<string, object> }>;
  };
  expect(schemas.Call2010?.properties).toMatchObject({
    duration: { type: ['string', 'null'] },
    start_time: { type: ['string', 'null'] },
    to_formatted: { type: ['string', 'null'] },
    attempts: { items: { properties: { start_time: { description: expect.stringContaining('RFC 2822') } } } },
  });
  expect(schemas.Call?.properties).not.toHaveProperty('to_formatted');
});
