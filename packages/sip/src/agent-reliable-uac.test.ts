import { beforeEach, describe, expect, test } from 'vitest';
import type { Provisional } from './agent-call.js';
import type { SipRequest } from './message.js';
import { cseqOf } from './message-fields.js';
import {
  type AgentBench,
  createAgentBench,
  NOTHING_LEFT,
  OFFER,
  placeWatchedCall,
} from './testing/agent-bench.js';
import { branchOf, tagIn } from './testing/read-message.js';

const ANSWER = 'v=0\r\no=- 2 2 IN IP4 192.0.2.2\r\ns=-\r\n';

let bench: AgentBench;

beforeEach(() => {
  bench = createAgentBench();
});

/** The peer rings reliably. */
function ring(
  rseq: number | string | null,
  more: { toTag?: string; body?: string; status?: number } = {},
): void {
  const { toTag = 'b', body = '', status = 183 } = more;
  const headers: [string, string][] = [
    ['Contact', '<sip:peer@192.0.2.2:5070>'],
    ['Require', '100rel'],
    ...(rseq === null ? [] : [['RSeq', String(rseq)] as [string, string]]),
  ];
  bench.peer.reply(bench.peer.last('INVITE'), status, { toTag, headers, body });
  bench.clock.advance(1);
}

const racks = (): (string | undefined)[] =>
  bench.peer.requests('PRACK').map(({ headers }) => headers.get('RAck'));

describe('a reliable provisional response', () => {
  test('is acknowledged by PRACK in its early dialog', () => {
    const provisionals: Provisional[] = [];
    const { told, call } = placeWatchedCall(bench.agent, {
      also: { onProvisional: (provisional) => provisionals.push(provisional) },
    });
    bench.clock.advance(1);
    ring(4711, { body: ANSWER });
    const [invite, prack] = [bench.peer.last('INVITE'), bench.peer.last('PRACK')];
    expect(invite.headers.get('Supported')).toBe('100rel, timer, 199');
    expect(invite.headers.get('Allow')).toContain('PRACK');
    expect(prack.uri).toBe('sip:peer@192.0.2.2:5070');
    expect(prack.headers.get('RAck')).toBe('4711 1 INVITE');
    expect(cseqOf(prack)).toEqual({ number: 2, method: 'PRACK' });
    expect(tagIn(prack, 'To')).toBe('b');
    expect(prack.body).toHaveLength(0);
    expect(provisionals).toMatchObject([{ status: 183, reliable: true }]);
    bench.peer.reply(prack, 200);
    bench.answer();
    expect(told).toEqual(['sent', '183 Session Progress', 'answered 200']);
    expect(cseqOf(bench.peer.last('ACK')).number).toBe(1);
    call.bye();
    bench.clock.advance(1);
    expect(cseqOf(bench.peer.last('BYE')).number).toBe(3);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('that comes again gets no other PRACK: the first repeats itself until it is answered', () => {
    const { told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    ring(1);
    ring(1);
    bench.clock.advance(1600);
    const pracks = bench.peer.requests('PRACK');
    expect(pracks).toHaveLength(3);
    expect(new Set(pracks.map(branchOf)).size).toBe(1);
    bench.peer.reply(pracks[0] as SipRequest, 200);
    ring(1);
    bench.clock.advance(10_000);
    expect(bench.peer.requests('PRACK')).toHaveLength(3);
    expect(told).toEqual(['sent', '183 Session Progress']);
  });

  test('that overtook another is ignored until it comes in its turn', () => {
    const { told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    ring(10);
    ring(12, { status: 180 });
    expect(racks()).toEqual(['10 1 INVITE']);
    ring(11, { status: 182 });
    ring(12, { status: 180 });
    ring(10);
    expect(racks()).toEqual(['10 1 INVITE', '11 1 INVITE', '12 1 INVITE']);
    expect(told).toEqual(['sent', '183 Session Progress', '182 Queued', '180 Ringing']);
  });

  test('counts for itself on each phone', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    ring(7, { toTag: 'a' });
    ring(900, { toTag: 'b' });
    ring(8, { toTag: 'a' });
    expect(racks()).toEqual(['7 1 INVITE', '900 1 INVITE', '8 1 INVITE']);
    expect(bench.peer.requests('PRACK').map((prack) => [tagIn(prack, 'To'), cseqOf(prack).number])).toEqual([
      ['a', 2],
      ['b', 2],
      ['a', 3],
    ]);
  });

  test.each([
    ['without a number', null],
    ['with 0', 0],
    ['with no number', '4x'],
    ['with a number that is too large', '4294967296'],
  ])('%s is taken for a plain one', (_, rseq) => {
    const { told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    ring(rseq);
    expect(bench.peer.requests('PRACK')).toEqual([]);
    expect(told).toEqual(['sent', '183 Session Progress']);
  });

  test('without a tag belongs to no dialog and is taken for a plain one', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('INVITE'), 183, {
      headers: [
        ['Require', '100rel'],
        ['RSeq', '1'],
      ],
    });
    bench.clock.advance(1);
    expect(bench.peer.requests('PRACK')).toEqual([]);
  });

  test('after cancel is not acknowledged', () => {
    const { call, told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    call.cancel();
    ring(1);
    expect(bench.peer.summary()).toEqual(['INVITE', 'CANCEL']);
    expect(told).toEqual(['sent']);
  });
});

describe('PRACK', () => {
  test('is sent again with credentials when it is challenged', () => {
    const credentials = { username: 'anna', password: 's3cret' };
    const challenge: [string, string] = [
      'Proxy-Authenticate',
      'Digest realm="trunk", nonce="n1", qop="auth"',
    ];
    placeWatchedCall(bench.agent, { credentials });
    bench.clock.advance(1);
    ring(1);
    bench.peer.reply(bench.peer.last('PRACK'), 407, { headers: [challenge] });
    bench.clock.advance(1);
    const [first, second] = bench.peer.requests('PRACK') as [SipRequest, SipRequest];
    expect(second.headers.get('Proxy-Authorization')).toContain('nonce="n1"');
    expect(second.headers.get('RAck')).toBe(first.headers.get('RAck'));
    expect(cseqOf(second).number).toBe(cseqOf(first).number + 1);
  });

  test.each([481, 408])('that is answered %i ends its early dialog, not the call', (status) => {
    const { told, call } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    ring(1);
    bench.peer.reply(bench.peer.last('PRACK'), status);
    bench.clock.advance(1);
    expect(bench.agent.counts().dialogs).toBe(0);
    bench.answer();
    expect(told).toEqual(['sent', '183 Session Progress', 'answered 200']);
    call.bye();
    bench.clock.advance(1);
    expect(cseqOf(bench.peer.last('BYE')).number).toBe(3);
  });

  test('that is never answered leaves the end to the INVITE', () => {
    const { ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    ring(1);
    bench.clock.advance(32_001);
    expect(bench.agent.counts().dialogs).toBe(0);
    expect(ends).toEqual([]);
    bench.answer('b', 504);
    expect(ends).toMatchObject([{ kind: 'rejected', status: 504 }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('carries our answer when the offer was left to the phone, and the ACK carries none', () => {
    const { told } = placeWatchedCall(bench.agent, {
      offer: '',
      also: { onReinvite: (sdp) => `to ${sdp.length}` },
    });
    bench.clock.advance(1);
    ring(1, { body: ANSWER });
    const prack = bench.peer.last('PRACK');
    expect(prack.body.toString()).toBe(`to ${ANSWER.length}`);
    expect(prack.headers.get('Content-Type')).toBe('application/sdp');
    ring(2, { body: ANSWER });
    expect(bench.peer.last('PRACK').body).toHaveLength(0);
    bench.peer.reply(bench.peer.last('INVITE'), 200, { toTag: 'b' });
    bench.clock.advance(1);
    expect(told.at(-1)).toBe('answered 200');
    expect(bench.peer.last('ACK').body).toHaveLength(0);
  });
});

describe('what was said reliably of the audio', () => {
  test('is the answer when the 200 says nothing of it', () => {
    const bodies: string[] = [];
    placeWatchedCall(bench.agent, { also: { onAnswered: ({ body }) => bodies.push(body.toString()) } });
    bench.clock.advance(1);
    ring(1, { body: ANSWER });
    ring(2, { toTag: 'other', body: OFFER });
    bench.peer.reply(bench.peer.last('INVITE'), 200, { toTag: 'b' });
    bench.clock.advance(1);
    expect(bodies).toEqual([ANSWER]);
  });

  test('allows the phone to change it by UPDATE while it rings', () => {
    placeWatchedCall(bench.agent, { also: { onReinvite: () => 'ours' } });
    bench.clock.advance(1);
    ring(1, { body: ANSWER });
    bench.requestInDialog('UPDATE', 1, { body: OFFER });
    expect(bench.peer.responses('UPDATE').map(({ status, body }) => [status, body.toString()])).toEqual([
      [200, 'ours'],
    ]);
  });

  test('is not said by a plain 183: an UPDATE with an offer finds ours open', () => {
    placeWatchedCall(bench.agent, { also: { onReinvite: () => 'ours' } });
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('INVITE'), 183, { toTag: 'b', body: ANSWER });
    bench.clock.advance(1);
    bench.requestInDialog('UPDATE', 1, { body: OFFER });
    expect(bench.peer.statuses('UPDATE')).toEqual([491]);
  });
});

test.each([
  ['off', 'timer, 199', undefined],
  ['supported', '100rel, timer, 199', undefined],
  ['required', '100rel, timer, 199', '100rel'],
] as const)('an INVITE with reliable %s says so', (reliable, supported, required) => {
  placeWatchedCall(bench.agent, { reliable });
  bench.clock.advance(1);
  const { headers } = bench.peer.last('INVITE');
  expect(headers.get('Supported')).toBe(supported);
  expect(headers.get('Require')).toBe(required);
});

test('who rings reliably unasked is acknowledged all the same', () => {
  placeWatchedCall(bench.agent, { reliable: 'off' });
  bench.clock.advance(1);
  ring(1);
  expect(bench.peer.requests('PRACK')).toHaveLength(1);
});

test('an offer in the 200 is answered in the ACK', () => {
  const { told } = placeWatchedCall(bench.agent, { offer: '', also: { onReinvite: () => ANSWER } });
  bench.clock.advance(1);
  bench.answer();
  expect(bench.peer.last('ACK').body.toString()).toBe(ANSWER);
  expect(told).toEqual(['sent', 'answered 200']);
});

test('an offer in the 200 that we refuse, or none at all, ends the call', () => {
  const { told, ends } = placeWatchedCall(bench.agent, { offer: '' });
  bench.clock.advance(1);
  bench.answer();
  expect(bench.peer.summary()).toEqual(['INVITE', 'ACK', 'BYE']);
  bench.peer.reply(bench.peer.last('BYE'), 200);
  expect(told).toEqual(['sent', 'ended bye']);
  expect(ends).toMatchObject([{ kind: 'bye', side: 'local' }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('a flood of them is acknowledged no faster than PRACKs are answered', () => {
  const { call } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  for (let rseq = 1; rseq <= 200; rseq++) ring(rseq);
  expect(racks()).toHaveLength(32);
  bench.peer.reply(bench.peer.last('PRACK'), 200);
  bench.clock.advance(1);
  for (const rseq of [32, 33, 34]) ring(rseq);
  expect(racks()).toHaveLength(33);
  call.cancel();
  bench.clock.advance(100_000);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test.each(['', ANSWER])('what an UPDATE changed before the answer holds, though the 200 says %j', (body) => {
  const answers: string[] = [];
  placeWatchedCall(bench.agent, {
    also: { onReinvite: () => OFFER, onAnswered: (answer) => answers.push(answer.body.toString()) },
  });
  bench.clock.advance(1);
  ring(1, { body: ANSWER });
  ring(2, { body: ANSWER });
  bench.requestInDialog('UPDATE', 1, { body: 'moved' });
  expect(bench.peer.statuses('UPDATE')).toEqual([200]);
  ring(null, { body, status: 200 });
  expect(answers).toEqual(['moved']);
});
