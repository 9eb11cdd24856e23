import { beforeEach, describe, expect, test } from 'vitest';
import { ALLOWED_METHODS } from './agent-context.js';
import { topVia } from './message-fields.js';
import { tagOf } from './parse-name-addr.js';
import { NOTHING_OPEN, OFFER, PEER_ADDRESS } from './testing/agent-bench.js';
import { createIncomingBench, type IncomingBench } from './testing/incoming-bench.js';
import { ScriptedPeer } from './testing/scripted-peer.js';

let bench: IncomingBench;

beforeEach(() => {
  bench = createIncomingBench();
});

test('requests beyond what memory may be spent on are dropped and counted, and taken when there is room again', () => {
  bench = createIncomingBench({ maxServerBytes: 6_000 });
  for (const number of [1, 2, 3]) bench.invite({ branch: `z9hG4bK${number}`, cseq: number }).ring();
  expect(bench.peer.statuses('INVITE')).toEqual([180, 180]);
  expect(bench.faults.map(({ error }) => error.name)).toEqual(['OverloadError']);
  bench.send('OPTIONS', { branch: 'z9hG4bK4' });
  expect(bench.peer.statuses('OPTIONS')).toEqual([200]);
  for (const call of bench.calls) call.reject(486);
  bench.clock.advance(32_000);
  bench.invite({ branch: 'z9hG4bK3', cseq: 3 }).ring();
  bench.clock.advance(0);
  expect(bench.peer.statuses('INVITE').at(-1)).toBe(180);
});

test('of an answered request only its answer counts, so that more fit', () => {
  bench = createIncomingBench({ maxServerBytes: 7_000 });
  for (const number of [1, 2, 3]) {
    bench
      .invite({ branch: `z9hG4bK${number}`, cseq: number, headers: [`X-Long: ${'x'.repeat(2_000)}`] })
      .reject(486);
    bench.clock.advance(1);
  }
  expect(bench.calls).toHaveLength(2);
});

describe('without a call', () => {
  test.each([
    ['OPTIONS', 'OPTIONS', {}, 200],
    ['a method that we do not offer', 'REGISTER', {}, 405],
    ['an unknown method', 'DANCE', {}, 501],
    ['BYE', 'BYE', {}, 481],
    ['BYE in a dialog that we do not know', 'BYE', { toTag: 'x' }, 481],
    ['INVITE in a dialog that we do not know', 'INVITE', { toTag: 'x' }, 481],
    ['a Request-URI that is no phone', 'OPTIONS', { uri: 'http://example.com' }, 416],
    ['a required extension', 'INVITE', { headers: ['Require: 100rel, path'] }, 420],
    ['a body that is no SDP', 'INVITE', { body: '<xml/>', contentType: 'text/xml' }, 415],
    ['a body that is encoded', 'INVITE', { body: OFFER, headers: ['Content-Encoding: gzip'] }, 415],
    ['two CSeq', 'OPTIONS', { headers: ['CSeq: 1 INVITE'] }, 400],
  ] as const)('%s', (_, method, parts, status) => {
    bench.send(method, { ...parts, headers: 'headers' in parts ? [...parts.headers] : [] });
    const response = bench.peer.received[0]?.message;
    expect(response).toMatchObject({ kind: 'response', status });
    expect(tagOf(response?.headers.get('To') ?? '')).not.toBeNull();
    expect(bench.calls).toEqual([]);
    const headers = response?.headers;
    if (status === 405 || status === 501) expect(headers?.get('Allow')).toContain('BYE');
    if (status === 420) expect(headers?.get('Unsupported')).toBe('path');
    if (status === 415) expect(headers?.get('Accept')).toBe('application/sdp');
    expectKeptNothing(1);
    bench.send(method, { ...parts, headers: 'headers' in parts ? [...parts.headers] : [] });
    expect(bench.peer.received[1]?.message).toEqual(response);
    expectKeptNothing(2);
  });

  test('OPTIONS says what we can', () => {
    bench.send('OPTIONS');
    const headers = bench.peer.responses('OPTIONS')[0]?.headers;
    expect(headers?.get('Allow')).toBe(ALLOWED_METHODS);
    expect(headers?.get('Accept')).toBe('application/sdp');
    expect(headers?.get('Supported')).toBe('100rel, timer');
  });

  test('about to go, OPTIONS and INVITE are 503, and INVITE is told when to come again', () => {
    bench = createIncomingBench({ retryAfterSeconds: 10 });
    bench.agent.setAvailable(false);
    bench.send('OPTIONS');
    bench.send('INVITE', { body: OFFER });
    expect(bench.peer.statuses('OPTIONS')).toEqual([503]);
    expect(bench.peer.statuses('INVITE')).toEqual([503]);
    expect(bench.peer.responses('INVITE')[0]?.headers.get('Retry-After')).toBe('10');
    expect(bench.calls).toEqual([]);
    expectKeptNothing(2);
  });

  test('CANCEL of nothing is kept as little', () => {
    bench.send('CANCEL');
    expect(bench.peer.statuses('CANCEL')).toEqual([481]);
    expectKeptNothing(1);
  });

  /** However long nobody acknowledges it, no answer is repeated, and no memory is spent on it. */
  function expectKeptNothing(answers: number): void {
    expect(bench.agent.counts()).toEqual(NOTHING_OPEN);
    expect(bench.clock.pending()).toBe(0);
    bench.clock.advance(40_000);
    expect(bench.peer.received).toHaveLength(answers);
  }

  test('the same call over another way is 482', () => {
    bench.invite();
    bench.send('INVITE', { body: OFFER, branch: 'z9hG4bKother' });
    expect(bench.peer.statuses('INVITE')).toEqual([482]);
    expect(bench.calls).toHaveLength(1);
  });

  test('a stray ACK and a stray response are dropped', () => {
    bench.send('ACK', { toTag: 'x' });
    bench.peer.sendText([
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/UDP 203.0.113.1:5060;branch=z9hG4bKnone',
      'From: <sip:a@b>;tag=1',
      'To: <sip:a@b>;tag=2',
      'Call-ID: x',
      'CSeq: 1 INVITE',
      'Content-Length: 0',
    ]);
    bench.clock.advance(1);
    expect(bench.peer.received).toEqual([]);
    expect(bench.faults).toEqual([]);
  });

  test('a broken request has the same answer each time, and no transaction', () => {
    bench.send('OPTIONS', { headers: ['CSeq: 1 INVITE'] });
    bench.send('OPTIONS', { headers: ['CSeq: 1 INVITE'] });
    const tags = bench.peer.received.map(({ message }) => tagOf(message.headers.get('To') ?? ''));
    expect(tags).toHaveLength(2);
    expect(new Set(tags).size).toBe(1);
    expect(bench.faults).toHaveLength(2);
    expect(bench.agent.counts()).toEqual(NOTHING_OPEN);
  });

  test('a keep-alive is nothing', () => {
    bench.peer.sendText([]);
    bench.clock.advance(1);
    expect(bench.faults).toEqual([]);
    expect(bench.peer.received).toEqual([]);
  });
});

describe('where responses go', () => {
  test('to the source when rport asks for it, and the Via says so', () => {
    bench.send('OPTIONS');
    const via = bench.peer.responses('OPTIONS')[0];
    expect(via && topVia(via).params.get('received')).toBe('192.0.2.2');
    expect(via && topVia(via).params.get('rport')).toBe('5070');
  });

  test('to the port of the Via at the source without rport', () => {
    const at = { host: PEER_ADDRESS.host, port: 5999 };
    const elsewhere = new ScriptedPeer(bench.network, { at, clock: bench.clock, to: PEER_ADDRESS });
    bench.send('OPTIONS', { via: 'Via: SIP/2.0/UDP 10.0.0.9:5999;branch=z9hG4bK5' });
    expect(elsewhere.statuses('OPTIONS')).toEqual([200]);
    expect(bench.peer.received).toEqual([]);
  });

  test('every Via comes back, in its order', () => {
    bench.send('OPTIONS', {
      via: 'Via: SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bK5\r\nVia: SIP/2.0/UDP 10.1.1.1;branch=z9hG4bK4',
    });
    const response = bench.peer.responses('OPTIONS')[0];
    expect(response?.headers.getAll('Via')).toEqual([
      'SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bK5',
      'SIP/2.0/UDP 10.1.1.1;branch=z9hG4bK4',
    ]);
  });

  test('a peer of RFC 2543, without a unique branch, is answered and its retransmission absorbed', () => {
    const via = 'Via: SIP/2.0/UDP 192.0.2.2:5070';
    bench.invite({ via }).reject(486);
    bench.send('INVITE', { via, body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([486, 486]);
    bench.send('ACK', { via, toTag: bench.localTag() });
    bench.clock.advance(10_000);
    expect(bench.peer.statuses('INVITE')).toEqual([486, 486]);
  });
});
