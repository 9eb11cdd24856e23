import { createNote, mintSid, type NoteContent, type NoteKind, noteKind } from '@trunkline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallLogEntry } from '../../call-log.js';
import { migrate } from '../../migrate.js';
import { openStore, type Store } from '../../store.js';
import { createTestDatabase, type TestDatabase } from '../../testing.js';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(database.url);
  store = openStore({ url: database.url });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const PAGE = { page: 0, pageSize: 10 };

function entry(kind: NoteKind, content: NoteContent, second: number): CallLogEntry {
  const note = createNote(kind, content, new Date(Date.UTC(2026, 10, 23, 10, 0, second)), 'test');
  const told = { id: note.id, time: note.time, kind: noteKind(note), name: kind };
  return { ...note.data, ...told, sequence: null, status: null, reason: null, sipCode: null };
}

const sidOf = ({ id }: CallLogEntry) => `NO${id.replaceAll('-', '')}`;

async function fourNotes() {
  const accountSid = mintSid('AC');
  const [callSid, otherSid] = [mintSid('CA'), mintSid('CA')];
  const request = { method: 'GET', url: 'https://example.com/s', event: null, attempt: 1 } as const;
  const notes: [CallLogEntry, CallLogEntry, CallLogEntry, CallLogEntry] = [
    entry('error', { accountSid, callSid, code: 11200, message: 'no answer', request }, 1),
    entry('warning', { accountSid, callSid, message: 'Sms is not done' }, 2),
    entry('callback', { accountSid, callSid, request }, 3),
    entry('error', { accountSid, callSid: otherSid }, 4),
  ];
  await store.writeCallEvents(notes);
  return { accountSid, callSid, notes };
}

test('warnings and errors of an account are its notifications, newest first', async () => {
  const { accountSid, notes } = await fourNotes();
  const [error, warning, , last] = notes;
  const { notifications, total } = await store.listNotifications(accountSid, {}, PAGE);
  expect(notifications.map(({ sid }) => sid)).toEqual([last, warning, error].map(sidOf));
  expect(total).toBe(3);
  expect(notifications[2]).toEqual({
    ...{ sid: sidOf(error), accountSid, callSid: error.callSid, time: error.time },
    ...{ level: 0, code: 11200, message: 'no answer', request: error.request, response: null },
  });
  expect(await store.listNotifications(accountSid, {}, { page: 1, pageSize: 2 })).toMatchObject({
    notifications: [{ sid: sidOf(error) }],
    total: 3,
  });
  expect(await store.listNotifications(mintSid('AC'), {}, PAGE)).toEqual({ notifications: [], total: 0 });
});

test('they are narrowed by call, level and time', async () => {
  const { accountSid, callSid, notes } = await fourNotes();
  const [error, warning, , last] = notes;
  const list = async (filter: Parameters<Store['listNotifications']>[1]) =>
    (await store.listNotifications(accountSid, filter, PAGE)).notifications.map(({ sid }) => sid);
  expect(await list({ callSid })).toEqual([warning, error].map(sidOf));
  expect(await list({ level: 1 })).toEqual([sidOf(warning)]);
  expect(await list({ level: 0, from: new Date(error.time), until: new Date(last.time) })).toEqual([
    sidOf(error),
  ]);
  expect(await list({ callSid: 'no\0such' })).toEqual([]);
});

test('one is read by its Sid in any case, by its own account, and a callback is none', async () => {
  const { accountSid, notes } = await fourNotes();
  const [error, , callback] = notes;
  const sid = sidOf(error);
  expect(await store.readNotification(accountSid, `NO${sid.slice(2).toUpperCase()}`)).toMatchObject({ sid });
  expect(await store.readNotification(mintSid('AC'), sid)).toBeNull();
  expect(await store.readNotification(accountSid, sidOf(callback))).toBeNull();
  expect(await store.readNotification(accountSid, 'NO1')).toBeNull();
});
