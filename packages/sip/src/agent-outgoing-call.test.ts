import { beforeEach, describe, expect, test } from 'vitest';
import type { SipRequest } from './message.js';
import { cseqOf } from './message-fields.js';
import {
  type AgentBench,
  createAgentBench,
  NOTHING_LEFT,
  NOTHING_OPEN,
  OFFER,
  placeWatchedCall,
} from './testing/agent-bench.js';
import { branchOf, tagIn } from './testing/read-message.js';

let bench: AgentBench;
const EVERY_INVITE_MS = [0, 500, 1500, 3500, 7500, 15_500, 31_500];

beforeEach(() => {
  bench = createAgentBench();
});

test('a call from INVITE to BYE', () => {
  const { call, told, ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  bench.answer('b', 180);
  bench.answer();
  expect(told).toEqual(['sent', '180 Ringing', 'answered 200']);
  const [invite, ack] = [bench.peer.last('INVITE'), bench.peer.last('ACK')];
  expect(invite.headers.get('Via')).toMatch(
    /^SIP\/2\.0\/UDP 203\.0\.113\.1:5060;branch=z9hG4bK[0-9a-f]{24};rport$/,
  );
  expect(invite.headers.get('Contact')).toBe('<sip:203.0.113.1:5060>');
  expect(invite.headers.get('From')).toContain('"Anna" <sip:+15559990000@203.0.113.1>;tag=');
  expect(invite.headers.get('Max-Forwards')).toBe('70');
  expect(invite.body.toString()).toBe(OFFER);
  expect(branchOf(ack)).not.toBe(branchOf(invite));
  expect(ack.uri).toBe('sip:peer@192.0.2.2:5070');
  expect(cseqOf(ack)).toEqual({ number: cseqOf(invite).number, method: 'ACK' });
  expect(tagIn(ack, 'To')).toBe('b');
  call.bye(16);
  bench.clock.advance(1);
  const bye = bench.peer.last('BYE');
  expect(bye.headers.get('Reason')).toBe('Q.850;cause=16');
  expect(cseqOf(bye).number).toBe(cseqOf(invite).number + 1);
  bench.peer.reply(bye, 200);
  bench.clock.advance(1);
  expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: 16, status: 200 }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('INVITE is sent at exactly the times of RFC 3261 and given up at 32 s', () => {
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(31_999);
  expect(ends).toEqual([]);
  bench.clock.advance(1);
  expect(ends).toEqual([{ kind: 'no-response' }]);
  expect(bench.peer.times('INVITE')).toEqual(EVERY_INVITE_MS);
  expect(new Set(bench.network.sent.map(({ text }) => text)).size).toBe(1);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('a provisional response stops the INVITE for good', () => {
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(600);
  bench.peer.reply(bench.peer.last('INVITE'), 100);
  bench.clock.advance(200_000);
  expect(bench.peer.times('INVITE')).toEqual([0, 500]);
  expect(ends).toEqual([]);
});

test('BYE is repeated up to every 4 s, also after a 100, and the call is over when no answer comes', () => {
  const { call, ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(0);
  bench.answer();
  const start = bench.clock.nowMs();
  call.bye();
  bench.clock.advance(4000);
  bench.peer.reply(bench.peer.last('BYE'), 100);
  bench.clock.advance(40_000);
  expect(bench.peer.times('BYE').map((ms) => ms - start)).toEqual([
    0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
  ]);
  expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: null, status: null }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('a rejection is acknowledged by the transaction, as often as it comes within 32 s', () => {
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  const invite = bench.peer.last('INVITE');
  const options = {
    toTag: 'b',
    headers: [
      ['Reason', 'Q.850;cause=17'],
      ['Retry-After', '120 (in a meeting)'],
    ],
  } as const;
  bench.peer.reply(invite, 486, options);
  bench.clock.advance(31_000);
  bench.peer.reply(invite, 486, options);
  bench.clock.advance(2000);
  bench.peer.reply(invite, 486, options);
  bench.clock.advance(1);
  const acks = bench.peer.requests('ACK');
  expect(acks).toHaveLength(2);
  expect(branchOf(acks[0] as SipRequest)).toBe(branchOf(invite));
  expect(acks[0]?.headers.getAll('Via')).toEqual(invite.headers.getAll('Via'));
  expect(acks[0]?.uri).toBe(invite.uri);
  expect(tagIn(acks[0] as SipRequest, 'To')).toBe('b');
  expect(ends).toEqual([
    { kind: 'rejected', status: 486, reason: 'Busy Here', q850: 17, retryAfterSeconds: 120, contacts: [] },
  ]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('each repeated 2xx gets the same ACK again, and is told once', () => {
  const { told } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  for (let repetition = 0; repetition < 3; repetition++) bench.answer();
  const acks = bench.peer.requests('ACK');
  expect(acks).toHaveLength(3);
  expect(new Set(acks.map(branchOf)).size).toBe(1);
  expect(told).toEqual(['sent', 'answered 200']);
});

describe('cancel', () => {
  test('goes out at once after a 1xx, as a twin of its INVITE', () => {
    const { call, told, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 180);
    call.cancel();
    call.cancel();
    bench.clock.advance(1);
    const [invite, cancel] = [bench.peer.last('INVITE'), bench.peer.last('CANCEL')];
    expect(bench.peer.requests('CANCEL')).toHaveLength(1);
    expect(cancel.headers.getAll('Via')).toEqual(invite.headers.getAll('Via'));
    expect(cancel.uri).toBe(invite.uri);
    expect(cseqOf(cancel)).toEqual({ number: cseqOf(invite).number, method: 'CANCEL' });
    expect(tagIn(cancel, 'To')).toBeNull();
    bench.peer.reply(cancel, 200);
    bench.answer('b', 183);
    bench.peer.reply(invite, 487, { toTag: 'b' });
    bench.clock.advance(1);
    expect(ends).toEqual([
      { kind: 'canceled', status: 487, reason: 'Request Terminated', lateAnswer: false },
    ]);
    expect(told).toEqual(['sent', '180 Ringing', 'ended canceled']);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('waits for the first 1xx', () => {
    const { call } = placeWatchedCall(bench.agent);
    call.cancel();
    bench.clock.advance(600);
    expect(bench.peer.summary()).toEqual(['INVITE', 'INVITE']);
    bench.peer.reply(bench.peer.last('INVITE'), 100);
    bench.clock.advance(1);
    expect(bench.peer.requests('CANCEL')).toHaveLength(1);
  });

  test('is over at timer B when nothing ever came', () => {
    const { call, ends } = placeWatchedCall(bench.agent);
    call.cancel();
    bench.clock.advance(32_000);
    expect(ends).toEqual([{ kind: 'canceled', status: null, reason: null, lateAnswer: false }]);
    expect(bench.peer.requests('CANCEL')).toEqual([]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('is over 32 s later when no final response came', () => {
    const { call, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 180);
    call.cancel();
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('CANCEL'), 200);
    bench.clock.advance(31_998);
    expect(ends).toEqual([]);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'canceled', status: null, reason: null, lateAnswer: false }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('against a 200 on its way: ACK, then BYE, and the call was not answered', () => {
    const { call, told, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 180);
    call.cancel();
    bench.answer();
    expect(bench.peer.summary()).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE']);
    expect(ends).toEqual([{ kind: 'canceled', status: 200, reason: 'OK', lateAnswer: true }]);
    expect(told).not.toContain('answered 200');
    bench.answer();
    expect(bench.peer.requests('ACK')).toHaveLength(2);
    expect(bench.peer.requests('BYE')).toHaveLength(1);
    bench.peer.reply(bench.peer.last('CANCEL'), 200);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('after the answer does nothing', () => {
    const { call, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer();
    call.cancel();
    bench.clock.advance(1);
    expect(bench.peer.summary()).toEqual(['INVITE', 'ACK']);
    expect(ends).toEqual([]);
  });
});

test('onSent is told by itself, after invite has returned', async () => {
  const { told } = placeWatchedCall(bench.agent);
  expect(told).toEqual([]);
  bench.clock.advance(0);
  expect(told).toEqual(['sent']);
});

test('onSent is not told of an INVITE that could not be sent', () => {
  bench.network.sendError = new Error('EPERM');
  const { told, ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(0);
  expect(told).toEqual(['ended unreachable']);
  expect(ends).toEqual([{ kind: 'unreachable', error: bench.network.sendError }]);
});

test('what would break out of a header is refused, and nothing is sent', () => {
  const from = { uri: 'sip:a@203.0.113.1', displayName: 'Anna\r\nX-Evil: 1' };
  expect(() => placeWatchedCall(bench.agent, { from })).toThrow();
  bench.clock.advance(1);
  expect(bench.peer.received).toEqual([]);
  expect(bench.agent.counts()).toEqual(NOTHING_OPEN);
});

test('close hangs up on what is under way and waits for the answer', async () => {
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  bench.answer();
  const closed = bench.agent.close();
  bench.clock.advance(1);
  bench.peer.reply(bench.peer.last('BYE'), 200);
  bench.clock.advance(1);
  await closed;
  expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: null, status: 200 }]);
  expect(bench.agent.counts()).toMatchObject({ clientTransactions: 0, dialogs: 0, calls: 0 });
});

test('close waits no longer than 5 s', async () => {
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  bench.answer('b', 180);
  const closed = bench.agent.close();
  bench.clock.advance(5000);
  await closed;
  expect(ends).toEqual([{ kind: 'canceled', status: null, reason: null, lateAnswer: false }]);
  expect(bench.agent.counts()).toMatchObject({ clientTransactions: 0, dialogs: 0, calls: 0 });
});

test('close waits no longer than 5 s for the end of a talk either, and forgets its session', async () => {
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  bench.answer('b', 200, [['Session-Expires', '1800;refresher=uac']]);
  const closed = bench.agent.close();
  bench.clock.advance(5000);
  await closed;
  expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: null, status: null }]);
  expect(bench.agent.counts()).toMatchObject({ clientTransactions: 0, dialogs: 0, calls: 0 });
  expect(bench.clock.pending()).toBe(0);
});

test('close ends every call, whoever fails on the way', async () => {
  const fail = (): never => {
    throw new Error('broken');
  };
  placeWatchedCall(bench.agent, { also: { onEnded: fail } });
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  const closed = bench.agent.close();
  bench.clock.advance(5000);
  await closed;
  expect(ends).toHaveLength(1);
  expect(bench.faults.map(({ error }) => error.message)).toEqual(['broken']);
  expect(bench.agent.counts()).toMatchObject({ clientTransactions: 0, calls: 0, transport: { sockets: 0 } });
});

test('a phone that rings for a quarter of an hour is given up', () => {
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  bench.answer('b', 180);
  bench.clock.advance(15 * 60_000 - 2);
  expect(bench.peer.requests('CANCEL')).toEqual([]);
  bench.clock.advance(2);
  bench.peer.reply(bench.peer.last('CANCEL'), 200);
  bench.answer('b', 487);
  expect(ends).toMatchObject([{ kind: 'canceled', status: 487 }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});
