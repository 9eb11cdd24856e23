import { beforeEach, describe, expect, test } from 'vitest';
import type { RenegotiateResult } from './agent-call.js';
import type { IncomingCall } from './agent-incoming-call.js';
import { cseqOf } from './message-fields.js';
import { createAgentBench, NOTHING_LEFT, OFFER, placeWatchedCall } from './testing/agent-bench.js';
import { createIncomingBench, type IncomingBench, type RequestParts } from './testing/incoming-bench.js';

let bench: IncomingBench;
let results: RenegotiateResult[];

beforeEach(() => {
  bench = createIncomingBench();
  results = [];
});

/** A call that was answered and acknowledged. */
function talk(headers: string[] = []): IncomingCall {
  const call = bench.invite({ headers });
  call.answer('answer');
  bench.clock.advance(0);
  inDialog('ACK', 1);
  return call;
}

function inDialog(method: string, cseq: number, parts: RequestParts = {}): void {
  bench.send(method, { branch: `z9hG4bK-${method}-${cseq}`, toTag: bench.localTag(), cseq, ...parts });
}

function renegotiate(call: IncomingCall, offer: string): void {
  call.renegotiate(offer, (result) => results.push(result));
  bench.clock.advance(0);
}

/** The peer's word to our last request with that method. */
function reply(
  method: string,
  status: number,
  options: { body?: string; headers?: [string, string][] } = {},
): void {
  bench.peer.reply(bench.peer.last(method), status, options);
  bench.clock.advance(0);
}

describe('a re-INVITE of ours', () => {
  test('brings the answer, and is acknowledged as often as it is answered', () => {
    renegotiate(talk(), 'hold');
    const invite = bench.peer.last('INVITE');
    expect([invite.body.toString(), invite.uri]).toEqual(['hold', 'sip:bob@192.0.2.2:5070']);
    expect(invite.headers.get('Contact')).toBe('<sip:203.0.113.1:5060>');
    expect(invite.headers.get('Supported')).toBe('timer');
    for (let times = 0; times < 3; times++) reply('INVITE', 200, { body: 'held' });
    expect(results).toEqual([{ ok: true, answer: 'held' }]);
    const acks = bench.peer.requests('ACK');
    expect(acks).toHaveLength(3);
    expect(cseqOf(acks[2] ?? invite)).toEqual({ number: cseqOf(invite).number, method: 'ACK' });
  });

  test.each([[488], [486], [603], [500], [503]])('refused with %i leaves the call as it was', (status) => {
    const call = talk();
    renegotiate(call, 'hold');
    reply('INVITE', status);
    expect(results).toEqual([{ ok: false, status }]);
    expect(bench.ends).toEqual([]);
    call.handlers.onReinvite = () => 'still here';
    inDialog('INVITE', 2, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([200, 200]);
  });

  test('answered without SDP is none', () => {
    renegotiate(talk(), 'hold');
    reply('INVITE', 200);
    expect(results).toEqual([{ ok: false, status: 200 }]);
    expect(bench.peer.requests('ACK')).toHaveLength(1);
  });

  test('that finds no dialog ends the call without a BYE', () => {
    renegotiate(talk(), 'hold');
    reply('INVITE', 481);
    expect(results).toEqual([{ ok: false, status: 481 }]);
    expect(bench.ends).toEqual([{ kind: 'lost', q850: null }]);
    expect(bench.peer.requests('BYE')).toEqual([]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test.each([
    ['answered 408', () => reply('INVITE', 408)],
    ['answered by nobody', () => bench.clock.advance(32_000)],
  ])('%s ends the call with a BYE', (_, happen) => {
    renegotiate(talk(), 'hold');
    happen();
    bench.clock.advance(0);
    expect(bench.ends).toEqual([{ kind: 'lost', q850: null }]);
    expect(bench.peer.requests('BYE').length).toBeGreaterThan(0);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('that the far end only ponders is canceled', () => {
    renegotiate(talk(), 'hold');
    reply('INVITE', 180);
    bench.clock.advance(32_000);
    expect(bench.peer.requests('CANCEL').length).toBe(1);
    reply('CANCEL', 200);
    reply('INVITE', 487);
    expect(results).toEqual([{ ok: false, status: 487 }]);
    expect(bench.ends).toEqual([]);
  });

  test('waits for the ACK of our last 2xx', () => {
    const call = talk();
    call.handlers.onReinvite = () => 'again';
    inDialog('INVITE', 2, { body: OFFER });
    renegotiate(call, 'hold');
    expect(bench.peer.requests('INVITE')).toEqual([]);
    inDialog('ACK', 2);
    expect(bench.peer.last('INVITE').body.toString()).toBe('hold');
  });

  test('waits for the one before it', () => {
    const call = talk();
    for (const offer of ['one', 'two']) renegotiate(call, offer);
    expect(bench.peer.requests('INVITE')).toHaveLength(1);
    reply('INVITE', 200, { body: 'first' });
    expect(bench.peer.last('INVITE').body.toString()).toBe('two');
    reply('INVITE', 200, { body: 'second' });
    expect(results.map((result) => result.ok && result.answer)).toEqual(['first', 'second']);
  });

  test('that waits when the call ends fails', () => {
    const call = talk();
    for (const offer of ['one', 'two']) renegotiate(call, offer);
    call.bye();
    bench.clock.advance(0);
    reply('BYE', 200);
    reply('INVITE', 200, { body: 'late' });
    expect(results).toEqual([
      { ok: false, status: null },
      { ok: false, status: null },
    ]);
    expect(bench.peer.requests('ACK')).toHaveLength(1);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('whose asker fails when it is told ends like any other', () => {
    const call = talk();
    call.renegotiate('hold', () => {
      throw new Error('broken');
    });
    bench.clock.advance(0);
    reply('INVITE', 481);
    expect(bench.ends).toEqual([{ kind: 'lost', q850: null }]);
    expect(bench.faults.map(({ error }) => error.message)).toEqual(['broken']);
  });

  test('waits with seven others, and one more is refused at once', () => {
    const call = talk();
    for (let number = 0; number < 10; number++) renegotiate(call, `offer ${number}`);
    expect(results).toEqual([{ ok: false, status: null }]);
  });

  test('before and after the call fails at once', () => {
    const call = bench.invite();
    renegotiate(call, 'early');
    call.reject(486);
    renegotiate(call, 'late');
    expect(results).toEqual([
      { ok: false, status: null },
      { ok: false, status: null },
    ]);
  });

  test('answers a challenge when the call knows how', () => {
    const call = bench.invite();
    call.answer('answer', { credentials: { username: 'anna', password: 'x' } });
    bench.clock.advance(0);
    inDialog('ACK', 1);
    renegotiate(call, 'hold');
    reply('INVITE', 407, { headers: [['Proxy-Authenticate', 'Digest realm="r", nonce="n", qop="auth"']] });
    expect(bench.peer.last('INVITE').headers.get('Proxy-Authorization')).toContain('username="anna"');
    reply('INVITE', 200, { body: 'held' });
    expect(results).toEqual([{ ok: true, answer: 'held' }]);
    const ack = bench.peer.requests('ACK').at(-1);
    expect(ack?.headers.get('Proxy-Authorization')).toContain('username="anna"');
  });
});

describe('glare', () => {
  test('theirs over ours is 491, and ours goes on', () => {
    const call = talk();
    call.handlers.onReinvite = () => 'never';
    renegotiate(call, 'hold');
    inDialog('INVITE', 2, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([200, 491]);
    reply('INVITE', 200, { body: 'held' });
    expect(results).toEqual([{ ok: true, answer: 'held' }]);
  });

  test('ours over theirs is tried again within 2 s, for they own the Call-ID', () => {
    for (let times = 0; times < 20; times++) {
      bench = createIncomingBench();
      renegotiate(talk(), 'hold');
      reply('INVITE', 491);
      bench.clock.advance(2000);
      const [first, again] = bench.peer.requests('INVITE').map((invite) => cseqOf(invite).number);
      expect(again).toBe((first ?? 0) + 1);
      expect((bench.peer.times('INVITE')[1] ?? 1) % 10).toBe(0);
    }
  });

  test('and in 2.1 to 4 s when we own it', () => {
    for (let times = 0; times < 20; times++) {
      const own = createAgentBench();
      const { call } = placeWatchedCall(own.agent);
      own.clock.advance(1);
      own.answer();
      call.renegotiate('hold', () => {});
      own.clock.advance(8);
      own.peer.reply(own.peer.last('INVITE'), 491);
      own.clock.advance(2099);
      expect(own.peer.requests('INVITE')).toHaveLength(2);
      own.clock.advance(1901);
      expect(own.peer.requests('INVITE').length).toBeGreaterThan(2);
      expect((own.peer.times('INVITE')[2] ?? 1) % 10).toBe(0);
    }
  });

  test('theirs comes through while ours waits', () => {
    const call = talk();
    call.handlers.onReinvite = () => 'theirs first';
    renegotiate(call, 'hold');
    reply('INVITE', 491);
    inDialog('INVITE', 2, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([200, 200]);
    bench.clock.advance(2500);
    expect(bench.peer.requests('INVITE')).toHaveLength(1);
    inDialog('ACK', 2);
    bench.clock.advance(0);
    expect(bench.peer.requests('INVITE')).toHaveLength(2);
  });

  test('without end is given up', () => {
    renegotiate(talk(), 'hold');
    for (let tries = 0; tries < 10; tries++) {
      reply('INVITE', 491);
      bench.clock.advance(2000);
    }
    expect(results).toEqual([{ ok: false, status: 491 }]);
    expect(bench.ends).toEqual([]);
  });

  test('500 with Retry-After is tried again then, and without it is a refusal', () => {
    const call = talk();
    renegotiate(call, 'hold');
    reply('INVITE', 500, { headers: [['Retry-After', '3']] });
    bench.clock.advance(2999);
    expect(bench.peer.requests('INVITE')).toHaveLength(1);
    bench.clock.advance(1);
    expect(bench.peer.requests('INVITE').length).toBeGreaterThan(1);
    reply('INVITE', 500, { headers: [['Retry-After', '60']] });
    expect(results).toEqual([{ ok: false, status: 500 }]);
  });
});
