import { afterEach, beforeEach, expect, test } from 'vitest';
import { headerOf, TestedAgent } from './tested-agent.js';

let tested: TestedAgent;

beforeEach(async () => {
  tested = await TestedAgent.start();
});

afterEach(() => tested.close());

test('401 with MD5: the INVITE comes again with credentials that SIPp finds right', async () => {
  const credentials = { username: 'trunk', password: 's3cret' };
  const { call, diary } = tested.place(await tested.play('wants-password'), { credentials });
  await diary.of('answered');
  call.bye();
  await tested.finished();
  const [first, second] = tested.messages('> INVITE');
  for (const name of ['Call-ID', 'From']) expect(headerOf(second, name)).toBe(headerOf(first, name));
  expect(headerOf(second, 'Via')).not.toBe(headerOf(first, 'Via'));
});

test('a password that is wrong ends the call after one attempt', async () => {
  const credentials = { username: 'trunk', password: 'guessed' };
  const { diary } = tested.place(await tested.play('finds-password-wrong'), { credentials });
  expect((await diary.of('ended')).end).toMatchObject({ kind: 'unauthorized', status: 401 });
  await tested.finished();
});

test('407 with MD5, asked again at the BYE: both are answered', async () => {
  const credentials = { username: 'trunk', password: 's3cret' };
  const { call, diary } = tested.place(await tested.play('wants-proxy-password'), { credentials });
  await diary.of('answered');
  call.bye();
  expect((await diary.of('ended')).end).toMatchObject({ kind: 'bye', status: 200 });
  await tested.finished();
  expect(headerOf(tested.messages('> ACK')[1], 'Proxy-Authorization')).toContain('nonce="first"');
});

test('302 ends the call and tells where to, unless it is to be followed', async () => {
  const callee = await tested.play('redirects', { keys: { moved_host: '127.0.0.1', moved_port: '5999' } });
  const { diary } = tested.place(callee);
  expect((await diary.of('ended')).end).toMatchObject({
    kind: 'rejected',
    status: 302,
    contacts: ['sip:elsewhere@127.0.0.1:5999'],
  });
  await tested.finished();
});

test('302 is followed within the targets of the call', async () => {
  const answering = await tested.play('answered');
  const moved = { moved_host: '127.0.0.1', moved_port: `${answering.port}` };
  const { call, diary } = tested.place([await tested.play('redirects', { keys: moved }), answering], {
    followRedirects: true,
  });
  await diary.of('answered');
  call.bye();
  await tested.finished();
  expect(tested.messages('> INVITE')[1]).toMatch(/^INVITE sip:elsewhere@127\.0\.0\.1:/);
});

test('302 to where the trunk is not is not followed', async () => {
  const callee = await tested.play('redirects', { keys: { moved_host: '192.0.2.1', moved_port: '5060' } });
  const { diary } = tested.place(callee, { followRedirects: true });
  expect((await diary.of('ended')).end).toMatchObject({ kind: 'rejected', status: 302 });
  await tested.finished();
  expect(tested.messages('> INVITE')).toHaveLength(1);
});

test('503 with Retry-After hands the call to the next target', async () => {
  const { call, diary } = tested.place([await tested.play('unavailable'), await tested.play('answered')]);
  expect((await diary.of('target-failed')).failure).toMatchObject({
    status: 503,
    failure: 'rejected',
    retryAfterSeconds: 30,
  });
  await diary.of('answered');
  call.bye();
  await tested.finished();
  const [first, second] = tested.messages('> INVITE');
  expect(headerOf(second, 'Call-ID')).toBe(headerOf(first, 'Call-ID'));
});

test('two phones answer one INVITE: the second is acknowledged and hung up on, the first stays', async () => {
  const { call, diary } = tested.place(await tested.play('forks'));
  expect((await diary.of('answered')).answer.remoteTag).toBe('desk');
  await tested.seen('< 200 BYE');
  expect(diary.entries.map(({ kind }) => kind)).not.toContain('ended');
  call.bye();
  await tested.finished();
});

test('a 200 that crosses our CANCEL is acknowledged and hung up on', async () => {
  const { call, diary } = tested.place(await tested.play('answers-canceled'));
  await diary.of('provisional');
  call.cancel({ protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' });
  expect((await diary.of('ended')).end).toMatchObject({ kind: 'canceled', lateAnswer: true });
  await tested.finished();
});

test('CANCEL while it rings: 487 is acknowledged', async () => {
  const { call, diary } = tested.place(await tested.play('no-answer'));
  await diary.of('provisional');
  call.cancel();
  expect((await diary.of('ended')).end).toMatchObject({ kind: 'canceled', status: 487, lateAnswer: false });
  await tested.finished();
});

test('CANCEL waits until something has come, as RFC 3261 §9.1 wants', async () => {
  const { call, diary } = tested.place(await tested.play('rings-late'));
  await diary.of('sent');
  call.cancel();
  expect((await diary.of('ended')).end).toMatchObject({ kind: 'canceled', status: 487 });
  await tested.finished();
  const story = tested.story.filter((one) => one !== '> INVITE');
  expect(story.slice(0, 2)).toEqual(['< 180 INVITE', '> CANCEL']);
});
