import { type CallNote, createNote, mintSid } from '@trunkline/contracts';
import { Log } from '@trunkline/contracts/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bus } from './bus.js';
import { createTestBus, type TestBus } from './testing.js';

let cluster: TestBus;
let bus: Bus;

beforeAll(async () => {
  cluster = createTestBus(process.env.TEST_NATS_URL);
  bus = await cluster.connect();
});

afterAll(() => cluster.drop());

function note(message = 'it answers late'): CallNote {
  const content = { accountSid: mintSid('AC'), callSid: mintSid('CA'), code: 11200, message };
  return createNote('warning', content, new Date(), '/trunkline/test');
}

test('notes arrive in batches, each once, and come again when their handler fails', async () => {
  const seen = new Log<CallNote>();
  let isFirst = true;
  const consumer = await bus.consumeNotes({
    durable: 'recorder',
    maxBatch: 50,
    maxWaitMs: 5,
    handler: async (notes) => {
      if (isFirst) {
        isFirst = false;
        throw new Error('the database is away');
      }
      seen.addAll(notes);
    },
    onPoison: () => {},
  });
  const notes = Array.from({ length: 200 }, (_, n) => note(`note ${n}`));
  for (const one of notes) bus.publishNote(one);
  await seen.until('all notes', (entries) => entries.length >= 200);
  const byId = (list: CallNote[]) => [...list].sort((a, b) => a.id.localeCompare(b.id));
  expect(byId(seen.entries)).toEqual(byId(notes));
  const { last, handled } = await consumer.progress();
  expect([last, handled]).toEqual([200, 200]);
});

test('what is no note is told and does not come again', async () => {
  const poison = new Log<string>();
  const consumer = await bus.consumeNotes({
    durable: 'poison',
    maxBatch: 10,
    maxWaitMs: 5,
    handler: async () => {},
    onPoison: (raw) => poison.add(raw),
  });
  bus.publishNote({ ...note(), time: 'noon' });
  await poison.until('the poison', (entries) => entries.length === 1);
  await expect
    .poll(async () => {
      const { last, handled } = await consumer.progress();
      return last - handled;
    })
    .toBe(0);
  expect(JSON.parse(poison.entries[0] ?? '')).toMatchObject({ time: 'noon' });
});

test('notes that are published right before the bus is closed are sent', async () => {
  const seen = new Log<string>();
  await bus.consumeNotes({
    durable: 'late',
    maxBatch: 500,
    maxWaitMs: 5,
    handler: async (notes) => seen.addAll(notes.map((one) => one.id)),
    onPoison: () => {},
  });
  const other = await cluster.connect();
  const notes = Array.from({ length: 300 }, () => note());
  for (const one of notes) other.publishNote(one);
  await other.close();
  await seen.until('the notes', (ids) => notes.every((one) => ids.includes(one.id)));
});
