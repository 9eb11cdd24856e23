import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createNote, openCall } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { publicEvent } from '../streams/public-event.js';
import { asyncApiDocument, asyncApiFile } from './async-api.js';

type Schema = Record<string, unknown>;

const SPECIFICATION = '@asyncapi/specs/schemas/3.0.0-without-$id.json';

const event = openCall(
  queuedCall({
    instructions: {
      ...queuedCall().instructions,
      sipAuth: { username: 'alice', passwordSealed: 'c2VhbGVk' },
    },
  }),
  '/trunkline/test',
);

function schemas(): Record<string, Schema> {
  return (asyncApiDocument().components as { schemas: Record<string, Schema> }).schemas;
}

function complaints(schema: Schema, value: unknown): unknown {
  // Formats are annotations here: the definition names some that it does not define.
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  return validate(value) ? null : validate.errors;
}

test('the document is valid AsyncAPI 3.0', () => {
  const path = createRequire(import.meta.url).resolve(SPECIFICATION);
  const specification = JSON.parse(readFileSync(path, 'utf8'));
  expect(complaints(specification, JSON.parse(String(asyncApiFile.read(false))))).toBeNull();
  const { servers } = asyncApiDocument('https://api.example.com/calls');
  expect(servers).toMatchObject({
    http: { host: 'api.example.com', protocol: 'https', pathname: '/calls' },
  });
  expect(complaints(specification, { ...asyncApiDocument(), channels: 1 })).not.toBeNull();
});

test('every reference in it leads somewhere', () => {
  const document = asyncApiDocument();
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
  for (const [, path = ''] of references) {
    const target = path
      .split('/')
      .reduce<unknown>((at, name) => (at as Schema | undefined)?.[name], document);
    expect(target, path).toBeDefined();
  }
});

test('what is published is as the document says', () => {
  const { callEvent, callNote } = schemas();
  expect(complaints(callEvent as Schema, event)).toBeNull();
  const { accountSid, sid: callSid } = event.data;
  const note = createNote('warning', { accountSid, callSid, code: 11200 }, new Date(0), '/trunkline/test');
  expect(complaints(callNote as Schema, note)).toBeNull();
  expect(complaints(callEvent as Schema, { ...event, sequence: 0 })).not.toBeNull();
});

test('what is shown over HTTP is as the document says, and has no sealed password', () => {
  const { shownCallEvent } = schemas();
  expect(complaints(shownCallEvent as Schema, publicEvent(event))).toBeNull();
  expect(JSON.stringify(shownCallEvent)).not.toContain('passwordSealed');
  expect(complaints(shownCallEvent as Schema, event)).not.toBeNull();
});
