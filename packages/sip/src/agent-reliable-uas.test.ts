import { beforeEach, describe, expect, test } from 'vitest';
import type { RenegotiateResult } from './agent-call.js';
import { NOTHING_LEFT, OFFER } from './testing/agent-bench.js';
import { createIncomingBench, type IncomingBench, type RequestParts } from './testing/incoming-bench.js';

let bench: IncomingBench;

beforeEach(() => {
  bench = createIncomingBench();
});

const KNOWS = ['Supported: 100rel', 'Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE'];

/** What we last said, that has a number of its own. */
function lastReliable() {
  const response = bench.peer.responses('INVITE').findLast(({ headers }) => headers.has('RSeq'));
  return { response, rseq: Number(response?.headers.get('RSeq')) };
}

function prack(parts: RequestParts & { rack?: string } = {}): void {
  const cseq = parts.cseq ?? 2;
  const rack = parts.rack ?? `${lastReliable().rseq} 1 INVITE`;
  const toTag = bench.localTag();
  bench.send('PRACK', { branch: `z9hG4bKprack${cseq}`, toTag, cseq, ...parts, headers: [`RAck: ${rack}`] });
}

function inDialog(method: string, cseq: number, parts: RequestParts = {}): void {
  bench.send(method, { branch: `z9hG4bK${method}${cseq}`, toTag: bench.localTag(), cseq, ...parts });
}

test('one that is reliable has a number, and is repeated until its PRACK', () => {
  bench.invite({ headers: KNOWS }).ring({ reliable: true });
  bench.clock.advance(3600);
  expect(bench.peer.times(180)).toEqual([0, 500, 1500, 3500]);
  const { response, rseq } = lastReliable();
  expect(response?.headers.get('Require')).toBe('100rel');
  expect(response?.headers.get('Allow')).toContain('PRACK');
  expect(rseq).toBeGreaterThan(0);
  expect(rseq).toBeLessThan(2 ** 31);
  prack();
  expect(bench.peer.statuses('PRACK')).toEqual([200]);
  bench.clock.advance(30_000);
  expect(bench.peer.times(180)).toHaveLength(4);
});

test('without a PRACK the call is refused after 32 s', () => {
  bench.invite({ headers: KNOWS }).ring({ reliable: true });
  bench.clock.advance(32_000);
  expect(bench.peer.times(180)).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
  expect(bench.peer.times(504)[0]).toBe(32_000);
  expect(bench.ends).toEqual([{ kind: 'lost', q850: null }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

describe('whether it is', () => {
  test.each([
    ['the caller insists', ['Require: 100rel'], undefined, 180, true],
    ['the caller can, and nobody wants it', KNOWS, undefined, 180, false],
    ['the caller can, and we want it', KNOWS, true, 180, true],
    ['the caller cannot, and we want it', [], true, 180, false],
    ['the caller cannot, and we insist', [], 'required', 421, false],
    ['the caller insists, and we do not do it', ['Require: 100rel'], false, 420, false],
  ] as const)('%s', (_, headers, reliable, status, isReliable) => {
    bench.invite({ headers: [...headers] }).ring(reliable === undefined ? {} : { reliable });
    bench.clock.advance(0);
    const response = bench.peer.responses('INVITE')[0];
    expect([response?.status, response?.headers.has('RSeq')]).toEqual([status, isReliable]);
    if (status === 420) expect(response?.headers.get('Unsupported')).toBe('100rel');
    if (status === 421) expect(response?.headers.get('Require')).toBe('100rel');
    expect(bench.ends).toHaveLength(status < 200 ? 0 : 1);
  });
});

describe('a PRACK that confirms nothing', () => {
  test.each([
    ['of another number', (rseq: number) => `${rseq + 1} 1 INVITE`],
    ['of another INVITE', (rseq: number) => `${rseq} 7 INVITE`],
    ['of another method', (rseq: number) => `${rseq} 1 UPDATE`],
    ['that cannot be read', () => 'one two three'],
  ])('%s is 481, and changes nothing', (_, rack) => {
    bench.invite({ headers: KNOWS }).ring({ reliable: true });
    bench.clock.advance(0);
    prack({ rack: rack(lastReliable().rseq) });
    expect(bench.peer.statuses('PRACK')).toEqual([481]);
    bench.clock.advance(600);
    expect(bench.peer.times(180)).toHaveLength(2);
  });

  test('a second one is 481, a repeated one is answered as the first', () => {
    bench.invite({ headers: KNOWS }).ring({ reliable: true });
    bench.clock.advance(0);
    prack();
    prack();
    prack({ cseq: 3 });
    expect(bench.peer.statuses('PRACK')).toEqual([200, 200, 481]);
  });

  test('where nothing was reliable', () => {
    bench.invite({ headers: KNOWS }).ring();
    bench.clock.advance(0);
    prack({ rack: '1 1 INVITE' });
    expect(bench.peer.statuses('PRACK')).toEqual([481]);
  });
});

test('the next waits for the PRACK of the one before, and counts on', () => {
  const call = bench.invite({ headers: KNOWS });
  call.ring({ reliable: true });
  call.ring({ reliable: true, status: 183, body: 'early' });
  bench.clock.advance(400);
  expect(bench.peer.statuses('INVITE')).toEqual([180]);
  const first = lastReliable().rseq;
  prack();
  expect(bench.peer.statuses('INVITE')).toEqual([180, 183]);
  expect(lastReliable().rseq).toBe(first + 1);
});

describe('an answer', () => {
  test('waits for the PRACK of early media, and does not say it again', () => {
    const call = bench.invite({ headers: KNOWS });
    call.ring({ reliable: true, status: 183, body: 'early' });
    call.answer('final');
    bench.clock.advance(600);
    expect(bench.peer.statuses('INVITE')).toEqual([183, 183]);
    prack();
    const ok = bench.peer.responses('INVITE').at(-1);
    expect([ok?.status, ok?.body.toString()]).toEqual([200, '']);
    inDialog('ACK', 1);
    bench.clock.advance(40_000);
    expect(bench.peer.times(200)).toHaveLength(2);
    expect(bench.ends).toEqual([]);
  });

  test('does not wait for one without SDP, whose PRACK may come late', () => {
    const call = bench.invite({ headers: KNOWS });
    call.ring({ reliable: true });
    call.answer('final');
    bench.clock.advance(0);
    expect(bench.peer.statuses('INVITE')).toEqual([180, 200]);
    expect(bench.peer.responses('INVITE')[1]?.body.toString()).toBe('final');
    prack();
    expect(bench.peer.statuses('PRACK')).toEqual([200]);
    inDialog('ACK', 1);
    bench.clock.advance(40_000);
    expect(bench.peer.times(180)).toHaveLength(1);
  });

  test('that waits is too late for a caller that cancels', () => {
    const call = bench.invite({ headers: KNOWS });
    call.ring({ reliable: true, status: 183, body: 'early' });
    call.answer('final');
    bench.clock.advance(0);
    bench.send('CANCEL', { headers: ['Reason: Q.850;cause=16'] });
    expect(bench.peer.statuses('INVITE')).toEqual([183, 487]);
    expect(bench.ends).toEqual([{ kind: 'canceled', q850: 16 }]);
    bench.send('ACK', { toTag: bench.localTag() });
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('that waits for ever is refused', () => {
    const call = bench.invite({ headers: KNOWS });
    call.ring({ reliable: true, status: 183, body: 'early' });
    call.answer('final');
    bench.clock.advance(32_000);
    expect(bench.peer.times(504)[0]).toBe(32_000);
    expect(bench.ends).toEqual([{ kind: 'lost', q850: null }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });
});

describe('when the offer is left to us', () => {
  let answers: string[];

  function offerEarly(): ReturnType<IncomingBench['invite']> {
    answers = [];
    const call = bench.invite({ headers: KNOWS, body: '' });
    call.handlers.onEarlyAnswer = (sdp) => {
      answers.push(sdp);
      if (sdp === 'bad') throw new Error('no codec');
    };
    call.ring({ reliable: true, status: 183, body: 'our offer' });
    bench.clock.advance(0);
    return call;
  }

  test('the PRACK brings the answer, and the 200 and its ACK have none', () => {
    const call = offerEarly();
    const acks: (string | null)[] = [];
    call.handlers.onAnswerAcked = (sdp) => acks.push(sdp);
    prack({ body: 'their answer' });
    expect(answers).toEqual(['their answer']);
    call.answer('our offer');
    bench.clock.advance(0);
    expect(bench.peer.responses('INVITE').at(-1)?.body).toHaveLength(0);
    inDialog('ACK', 1);
    expect(acks).toEqual([null]);
    expect(bench.ends).toEqual([]);
  });

  test.each([
    ['is missing', ''],
    ['is no good', 'bad'],
  ])('a call whose answer %s is refused', (_, body) => {
    offerEarly();
    prack({ body });
    expect(bench.peer.statuses('PRACK')).toEqual([200]);
    expect(bench.peer.statuses('INVITE')).toEqual([183, 488]);
    expect(bench.ends).toEqual([{ kind: 'rejected', q850: null }]);
  });

  test('an UPDATE meanwhile is glare', () => {
    offerEarly();
    inDialog('UPDATE', 2, { body: OFFER });
    expect(bench.peer.statuses('UPDATE')).toEqual([491]);
  });

  test('it is not made where nothing confirms it', () => {
    bench.invite({ body: '' }).ring({ status: 183, body: 'our offer' });
    bench.clock.advance(0);
    expect(bench.peer.responses('INVITE')[0]?.body).toHaveLength(0);
  });
});

describe('once early media is agreed', () => {
  let call: ReturnType<IncomingBench['invite']>;
  let offers: string[];

  beforeEach(() => {
    offers = [];
    call = bench.invite({ headers: KNOWS });
    call.handlers.onReinvite = (offer) => {
      offers.push(offer);
      return offer === 'no' ? null : 'changed';
    };
    call.ring({ reliable: true, status: 183, body: 'early' });
    bench.clock.advance(0);
  });

  test.each([
    ['new', 200, 'changed'],
    ['no', 488, ''],
  ])('its PRACK may bring an offer: %s', (body, status, answer) => {
    prack({ body });
    expect(offers).toEqual([body]);
    const response = bench.peer.responses('PRACK')[0];
    expect([response?.status, response?.body.toString()]).toEqual([status, answer]);
    expect(bench.ends).toEqual([]);
  });

  test('an UPDATE may, but not before the PRACK', () => {
    inDialog('UPDATE', 2, { body: 'soon' });
    prack({ cseq: 3 });
    inDialog('UPDATE', 4, { body: 'new' });
    expect(bench.peer.statuses('UPDATE')).toEqual([500, 200]);
    expect(offers).toEqual(['new']);
  });

  test('we may by UPDATE, and only then', () => {
    const results: RenegotiateResult[] = [];
    prack();
    call.renegotiate('moved', (result) => results.push(result));
    bench.clock.advance(0);
    const update = bench.peer.last('UPDATE');
    expect(update.body.toString()).toBe('moved');
    inDialog('UPDATE', 3, { body: 'crossing' });
    expect(bench.peer.statuses('UPDATE')).toEqual([491]);
    bench.peer.reply(update, 200, { body: 'fine' });
    bench.clock.advance(0);
    expect(results).toEqual([{ ok: true, answer: 'fine' }]);
  });

  test('the same again has no SDP, and something else is an offer', () => {
    prack();
    call.ring({ reliable: true, status: 183, body: 'early' });
    bench.clock.advance(0);
    expect(lastReliable().response?.body).toHaveLength(0);
    prack({ cseq: 3 });
    call.ring({ reliable: true, status: 183, body: 'other' });
    bench.clock.advance(0);
    expect(lastReliable().response?.body.toString()).toBe('other');
    const answers: string[] = [];
    call.handlers.onEarlyAnswer = (sdp) => answers.push(sdp);
    prack({ cseq: 4, body: 'agreed' });
    expect(answers).toEqual(['agreed']);
  });

  test('who rings for long says so every minute, with a new number', () => {
    prack();
    const first = lastReliable().rseq;
    bench.clock.advance(60_000);
    expect(lastReliable().rseq).toBe(first + 1);
    expect(lastReliable().response?.body).toHaveLength(0);
  });
});
