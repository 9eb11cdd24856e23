import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../operation.js';
import { listOperations } from '../operations.js';
import { readPath } from '../request-path.js';
import { RouteTable } from '../route-table.js';
import { createTestPorts } from '../testing/test-ports.js';
import { describeApi } from './describe-api.js';

/** Operations that are described and not run need no ports. */
const none = {} as never;
const operations = listOperations({ calls: createTestPorts(), history: none, streams: none, accounts: none });
const document = describeApi(operations);
const paths = document.paths as Record<string, Record<string, DescribedOperation>>;

interface DescribedOperation {
  operationId: string;
  parameters: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: { properties: object; required?: string[] } }> };
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
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

test('at the door of 2010 numbers and times of a call are text', () => {
  const { schemas } = document.components as {
    schemas: Record<string, { properties: Record<string, object> }>;
  };
  expect(schemas.Call2010?.properties).toMatchObject({
    duration: { type: ['string', 'null'] },
    start_time: { type: ['string', 'null'] },
    to_formatted: { type: ['string', 'null'] },
  });
  expect(schemas.Call?.properties).not.toHaveProperty('to_formatted');
});
