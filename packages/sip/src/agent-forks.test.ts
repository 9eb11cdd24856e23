import { beforeEach, describe, expect, test } from 'vitest';
import { cseqOf } from './message-fields.js';
import { type AgentBench, createAgentBench, NOTHING_LEFT, placeWatchedCall } from './testing/agent-bench.js';
import { tagIn } from './testing/read-message.js';

let bench: AgentBench;

beforeEach(() => {
  bench = createAgentBench();
});

describe('forking', () => {
  test('several phones ring, the first that answers has the call, the others are hung up on', () => {
    const { told, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    for (const phone of ['a', 'b', 'c']) bench.answer(phone, 180);
    expect(bench.agent.counts().dialogs).toBe(3);
    bench.answer('b');
    bench.answer('c');
    bench.answer('d');
    expect(bench.agent.counts().dialogs).toBe(1);
    expect(bench.peer.requests('ACK').map((ack) => tagIn(ack, 'To'))).toEqual(['b', 'c', 'd']);
    expect(bench.peer.requests('BYE').map((bye) => tagIn(bye, 'To'))).toEqual(['c', 'd']);
    expect(told.filter((line) => line.startsWith('answered'))).toHaveLength(1);
    for (const bye of bench.peer.requests('BYE')) bench.peer.reply(bye, 200);
    bench.requestInDialog('BYE', 1);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'bye', side: 'remote', q850: null, status: null }]);
    expect(bench.peer.statuses('BYE')).toEqual([200]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('a flood of forks is bounded', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    for (let phone = 0; phone < 100; phone++) bench.answer(`p${phone}`, 180);
    expect(bench.agent.counts().dialogs).toBe(16);
  });
});

describe('the phones that ring', () => {
  test('end one by one with a 199, the others ring on', () => {
    const { told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    for (const phone of ['a', 'b']) bench.answer(phone, 180);
    bench.answer('a', 199);
    expect(bench.agent.counts().dialogs).toBe(1);
    bench.answer('b');
    expect(told.slice(-2)).toEqual([expect.stringMatching(/^199/), 'answered 200']);
    expect(bench.peer.summary()).toEqual(['INVITE', 'ACK']);
  });

  test('each have their own early audio, which the answer need not repeat', () => {
    const bodies: string[] = [];
    placeWatchedCall(bench.agent, { also: { onAnswered: ({ body }) => bodies.push(body.toString()) } });
    bench.clock.advance(1);
    const invite = bench.peer.last('INVITE');
    bench.peer.reply(invite, 183, { toTag: 'a', body: 'sdp of a' });
    bench.peer.reply(invite, 183, { toTag: 'b', body: 'sdp of b' });
    bench.peer.reply(invite, 180, { toTag: 'a' });
    bench.peer.reply(invite, 200, { toTag: 'a' });
    bench.clock.advance(1);
    expect(bodies).toEqual(['sdp of a']);
  });

  test('that hang up before the answer do not end the call', () => {
    const { told, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 180);
    bench.requestInDialog('BYE', 1);
    expect(bench.peer.statuses('BYE')).toEqual([200]);
    expect(ends).toEqual([]);
    bench.answer('c');
    expect(told.at(-1)).toBe('answered 200');
  });

  test('are forgotten when all is over before an answer', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    for (const phone of ['a', 'b']) bench.answer(phone, 180);
    bench.answer('c', 486);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });
});

test('a phone that was acknowledged before and answers after cancel gets a BYE that counts on', () => {
  const { call, ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  bench.answer('b', 183, [
    ['Require', '100rel'],
    ['RSeq', '1'],
  ]);
  bench.peer.reply(bench.peer.last('PRACK'), 200);
  call.cancel();
  bench.answer('b');
  expect(bench.peer.summary()).toEqual(['INVITE', 'PRACK', 'CANCEL', 'ACK', 'BYE']);
  expect(cseqOf(bench.peer.last('BYE')).number).toBe(3);
  expect(ends).toMatchObject([{ kind: 'canceled', lateAnswer: true }]);
  for (const method of ['CANCEL', 'BYE']) bench.peer.reply(bench.peer.last(method), 200);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('each provisional response and the answer name the phone that they came from', () => {
  const tags: (string | null)[] = [];
  placeWatchedCall(bench.agent, {
    also: {
      onProvisional: ({ remoteTag }) => tags.push(remoteTag),
      onAnswered: ({ remoteTag }) => tags.push(remoteTag),
    },
  });
  bench.clock.advance(1);
  const invite = bench.peer.last('INVITE');
  bench.peer.reply(invite, 181);
  bench.peer.reply(invite, 180, { toTag: 'a' });
  bench.peer.reply(invite, 183, { toTag: 'b' });
  bench.peer.reply(invite, 200, { toTag: 'b' });
  bench.clock.advance(1);
  expect(tags).toEqual([null, 'a', 'b', 'b']);
});

test('audio that is wrapped with ISUP is found', () => {
  const heard: (string | null)[] = [];
  placeWatchedCall(bench.agent, {
    also: { onAnswered: ({ contentType, body }) => heard.push(contentType, body.toString()) },
  });
  bench.clock.advance(1);
  const body = '--x\r\nContent-Type: application/sdp\r\n\r\nsdp of b\r\n--x--\r\n';
  bench.peer.reply(bench.peer.last('INVITE'), 200, {
    toTag: 'b',
    body,
    contentType: 'multipart/mixed;boundary=x',
  });
  bench.clock.advance(1);
  expect(heard).toEqual(['application/sdp', 'sdp of b']);
});
