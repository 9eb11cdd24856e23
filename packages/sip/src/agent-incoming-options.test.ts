import { beforeEach, describe, expect, test } from 'vitest';
import type { CallInfo } from './agent-call.js';
import type { IncomingCall } from './agent-incoming-call.js';
import { NOTHING_LEFT, OFFER, PEER_ADDRESS } from './testing/agent-bench.js';
import { createIncomingBench, type IncomingBench, type RequestParts } from './testing/incoming-bench.js';

let bench: IncomingBench;

beforeEach(() => {
  bench = createIncomingBench();
});

function talk(): IncomingCall {
  const call = bench.invite();
  call.answer('answer');
  bench.clock.advance(0);
  inDialog('ACK', 1);
  return call;
}

function inDialog(method: string, cseq: number, parts: RequestParts = {}): void {
  bench.send(method, { branch: `z9hG4bK-${method}-${cseq}`, toTag: bench.localTag(), cseq, ...parts });
}

test('a call says where it came from, and whom the gate took it for', () => {
  bench = createIncomingBench({ gate: () => ({ kind: 'pass', peer: { trunk: 'TK1' } }) });
  const call = bench.invite();
  expect(call.from).toMatchObject(PEER_ADDRESS);
  expect(call.peer).toEqual({ trunk: 'TK1' });
});

test('its own public host is in every Contact and Via', () => {
  const call = bench.invite();
  call.publicHost = '198.51.100.9';
  call.ring();
  call.answer('answer');
  bench.clock.advance(0);
  for (const { headers } of bench.peer.responses('INVITE')) {
    expect(headers.get('Contact')).toBe('<sip:198.51.100.9:5060>');
  }
  inDialog('ACK', 1);
  call.renegotiate('hold', () => {});
  bench.clock.advance(0);
  const { headers } = bench.peer.last('INVITE');
  expect(headers.get('Contact')).toBe('<sip:198.51.100.9:5060>');
  expect(headers.get('Via')).toContain(' 198.51.100.9:5060;');
});

test('its own public host is also in what an early UPDATE is answered', () => {
  const call = bench.invite();
  call.publicHost = '198.51.100.9';
  call.ring();
  bench.clock.advance(0);
  inDialog('UPDATE', 2);
  expect(bench.peer.responses('UPDATE')[0]?.headers.get('Contact')).toBe('<sip:198.51.100.9:5060>');
});

test('what rings and what answers says what we can do', () => {
  const call = bench.invite();
  call.ring();
  call.answer('answer');
  bench.clock.advance(0);
  for (const { headers } of bench.peer.responses('INVITE')) {
    expect(headers.get('Allow')).toBe(
      'INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY',
    );
    expect(headers.get('Supported')).toBe('100rel, timer');
  }
});

test.each([
  [302, ['Contact', '<sip:+1888@192.0.2.9>']],
  [503, ['Retry-After', '30']],
  [486, ['Reason', 'Q.850;cause=17']],
] as const)('a refusal with %i has what it is given', (status, header) => {
  bench.invite().reject(status, { headers: [[...header]], reason: 'As Told' });
  bench.clock.advance(0);
  const response = bench.peer.responses('INVITE')[0];
  expect([response?.status, response?.reason, response?.headers.get(header[0])]).toEqual([
    status,
    'As Told',
    header[1],
  ]);
});

describe('the end says why', () => {
  test.each([
    ['Reason: Q.850;cause=31', 31],
    ['Reason: SIP;cause=200;text="Call completed elsewhere"', null],
  ])('when the caller gives up: %s', (reason, q850) => {
    bench.invite().ring();
    bench.send('CANCEL', { headers: [reason] });
    expect(bench.ends).toEqual([{ kind: 'canceled', q850 }]);
  });

  test('when the caller hangs up', () => {
    talk();
    inDialog('BYE', 2, { headers: ['Reason: Q.850;cause=41'] });
    expect(bench.ends).toEqual([{ kind: 'bye-remote', q850: 41 }]);
  });

  test.each([
    [undefined, 16],
    [38, 38],
  ])('when we hang up with %j', (q850, cause) => {
    const call = talk();
    call.bye(q850);
    bench.clock.advance(0);
    expect(bench.peer.last('BYE').headers.get('Reason')).toBe(`Q.850;cause=${cause}`);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    bench.clock.advance(0);
    expect(bench.ends).toEqual([{ kind: 'bye-local', q850: cause }]);
  });

  test('when we hang up before the ACK, with the cause of then', () => {
    const call = bench.invite();
    call.answer('answer');
    call.bye(17);
    call.bye();
    bench.clock.advance(0);
    inDialog('ACK', 1);
    expect(bench.peer.last('BYE').headers.get('Reason')).toBe('Q.850;cause=17');
  });
});

describe('INFO', () => {
  test('with DTMF is confirmed and told', () => {
    const infos: CallInfo[] = [];
    talk().handlers.onInfo = (info) => infos.push(info);
    inDialog('INFO', 2, { body: 'Signal=5\r\nDuration=160\r\n', contentType: 'application/dtmf-relay' });
    inDialog('INFO', 3, { body: '7', contentType: 'application/dtmf;x=y' });
    inDialog('INFO', 4);
    inDialog('INFO', 5, { body: OFFER });
    expect(bench.peer.statuses('INFO')).toEqual([200, 200, 200, 415]);
    expect(infos.map(({ contentType, body }) => [contentType, body.toString()])).toEqual([
      ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n'],
      ['application/dtmf;x=y', '7'],
    ]);
  });

  test('of a package is 469, for we have none', () => {
    talk();
    inDialog('INFO', 2, {
      headers: ['Info-Package: trickle-ice'],
      body: 'x',
      contentType: 'application/dtmf',
    });
    expect(bench.peer.statuses('INFO')).toEqual([469]);
    expect(bench.peer.responses('INFO')[0]?.headers.get('Recv-Info')).toBe('');
  });
});

test.each([
  ['Event: refer', 481],
  ['Event: refer;id=2', 481],
  ['Event: message-summary', 489],
])('a NOTIFY that nobody asked for is refused: %s', (event, status) => {
  talk();
  inDialog('NOTIFY', 2, { headers: [event, 'Subscription-State: active'] });
  expect(bench.peer.statuses('NOTIFY')).toEqual([status]);
});

describe('an INVITE', () => {
  test.each([
    ['text/plain', [406]],
    ['', [406]],
    ['text/plain, application/SDP;q=0.5', [180]],
    ['application/*', [180]],
    ['*/*', [180]],
  ])('whose sender reads %j', (accept, statuses) => {
    const bench = createIncomingBench({ onInvite: (call) => call.ring() });
    bench.send('INVITE', { body: OFFER, headers: [`Accept: ${accept}`] });
    expect(bench.peer.statuses('INVITE')).toEqual(statuses);
  });

  test('that is to replace another finds none', () => {
    bench.send('INVITE', { headers: ['Replaces: a@b;to-tag=1;from-tag=2'], body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([481]);
    expect(bench.calls).toEqual([]);
  });

  test('that needs what we do not speak is told only that', () => {
    bench.send('INVITE', {
      headers: ['Require: timer, Replaces', 'Require: 100rel, precondition'],
      body: OFFER,
    });
    expect(bench.peer.statuses('INVITE')).toEqual([420]);
    expect(bench.peer.responses('INVITE')[0]?.headers.get('Unsupported')).toBe('Replaces, precondition');
  });
});

test('an UPDATE without an offer before the answer moves the caller', () => {
  const call = bench.invite();
  call.ring();
  bench.clock.advance(0);
  inDialog('UPDATE', 2);
  expect(bench.peer.statuses('UPDATE')).toEqual([200]);
  call.answer('answer');
  bench.clock.advance(0);
  inDialog('ACK', 1);
  expect(bench.ends).toEqual([]);
});

test('a re-INVITE of theirs is for them to cancel, but it was answered already', () => {
  talk().handlers.onReinvite = () => 'again';
  inDialog('INVITE', 2, { body: OFFER });
  bench.send('CANCEL', { branch: 'z9hG4bK-INVITE-2', toTag: bench.localTag(), cseq: 2 });
  expect(bench.peer.statuses('CANCEL')).toEqual([200]);
  expect(bench.peer.statuses('INVITE')).toEqual([200, 200]);
  inDialog('ACK', 2);
  expect(bench.ends).toEqual([]);
  inDialog('BYE', 3);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});
