import { beforeEach, describe, expect, test } from 'vitest';
import type { IncomingCallEnd } from './agent-call.js';
import type { IncomingCall } from './agent-incoming-call.js';
import { topVia } from './message-fields.js';
import { tagOf } from './parse-name-addr.js';
import { type AgentBench, createAgentBench, OFFER, PEER_ADDRESS } from './testing/agent-bench.js';
import { ScriptedPeer } from './testing/scripted-peer.js';

let bench: AgentBench;
let calls: IncomingCall[];
let ends: IncomingCallEnd[];
const NOTHING_LEFT = { clientTransactions: 0, serverTransactions: 0, dialogs: 0, calls: 0 };

beforeEach(() => {
  calls = [];
  ends = [];
  bench = createAgentBench({
    onInvite: (call) => {
      calls.push(call);
      call.handlers.onEnded = (end) => ends.push(end);
    },
  });
});

interface Parts {
  uri?: string;
  branch?: string;
  via?: string;
  toTag?: string;
  cseq?: number;
  headers?: string[];
  body?: string;
  contentType?: string;
}

/** A request of the peer; the same parts give the same request. */
function send(method: string, parts: Parts = {}): void {
  const { branch = 'z9hG4bK1', cseq = 1, body = '' } = parts;
  const toTag = parts.toTag === undefined ? '' : `;tag=${parts.toTag}`;
  bench.peer.sendText(
    [
      `${method} ${parts.uri ?? 'sip:%2B1555@203.0.113.1:5060'} SIP/2.0`,
      parts.via ?? `Via: SIP/2.0/UDP 10.0.0.9:5999;branch=${branch};rport`,
      'Max-Forwards: 0',
      'From: "Bob" <sip:bob@192.0.2.2>;tag=a',
      `To: <sip:+1555@203.0.113.1>${toTag}`,
      'Call-ID: one@192.0.2.2',
      `CSeq: ${cseq} ${method}`,
      'Contact: <sip:bob@192.0.2.2:5070>',
      ...(parts.headers ?? []),
      ...(body === '' ? [] : [`Content-Type: ${parts.contentType ?? 'application/sdp'}`]),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ],
    body,
  );
  bench.clock.advance(0);
}

/** An INVITE, taken. */
function invite(parts: Parts = {}): IncomingCall {
  send('INVITE', { body: OFFER, ...parts });
  return calls.at(-1) as IncomingCall;
}

function localTag(): string {
  return tagOf(bench.peer.responses('INVITE').at(-1)?.headers.get('To') ?? '') ?? '';
}

function expectNothingLeft(): void {
  bench.clock.advance(70_000);
  expect(bench.faults).toEqual([]);
  expect(bench.agent.counts()).toEqual(NOTHING_LEFT);
  expect(bench.clock.pending()).toBe(0);
}

test('a call from INVITE to the BYE of the caller', () => {
  const call = invite({
    headers: ['Record-Route: <sip:192.0.2.2:5070;lr>', 'Record-Route: <sip:p.example.com;lr>'],
  });
  expect(call).toMatchObject({
    callId: 'one@192.0.2.2',
    calledUser: '+1555',
    callerUser: 'bob',
    offer: OFFER,
  });
  call.ring();
  call.ring({ status: 183, body: 'early' });
  call.answer('answer');
  bench.clock.advance(0);
  expect(bench.peer.statuses('INVITE')).toEqual([180, 183, 200]);
  const [ringing, early, ok] = bench.peer.responses('INVITE');
  for (const response of [ringing, early, ok]) {
    expect(tagOf(response?.headers.get('To') ?? '')).toBe(localTag());
    expect(response?.headers.getAll('Record-Route')).toEqual([
      '<sip:192.0.2.2:5070;lr>',
      '<sip:p.example.com;lr>',
    ]);
    expect(response?.headers.get('Contact')).toBe('<sip:203.0.113.1:5060>');
  }
  expect([early?.body.toString(), ok?.body.toString()]).toEqual(['early', 'answer']);
  expect(ok?.headers.get('Allow')).toContain('INVITE');
  send('ACK', { branch: 'z9hG4bK2', toTag: localTag() });
  send('BYE', { branch: 'z9hG4bK3', toTag: localTag(), cseq: 2 });
  expect(bench.peer.statuses('BYE')).toEqual([200]);
  expect(ends).toEqual([{ kind: 'bye-remote' }]);
  expectNothingLeft();
});

test('we hang up, over the route in its order', () => {
  const call = invite({ headers: ['Record-Route: <sip:192.0.2.2:5070;lr>, <sip:p.example.com;lr>'] });
  call.answer('answer');
  bench.clock.advance(0);
  send('ACK', { branch: 'z9hG4bK2', toTag: localTag() });
  call.bye(16);
  bench.clock.advance(0);
  const bye = bench.peer.last('BYE');
  expect(bye.headers.getAll('Route')).toEqual(['<sip:192.0.2.2:5070;lr>', '<sip:p.example.com;lr>']);
  expect(bye.uri).toBe('sip:bob@192.0.2.2:5070');
  expect(bye.headers.get('To')).toBe('<sip:bob@192.0.2.2>;tag=a');
  bench.peer.reply(bye, 200);
  bench.clock.advance(0);
  expect(ends).toEqual([{ kind: 'bye-local' }]);
  expectNothingLeft();
});

test('100 comes after 200 ms when nothing else was said', () => {
  invite();
  bench.clock.advance(199);
  expect(bench.peer.received).toEqual([]);
  bench.clock.advance(1);
  expect(bench.peer.statuses('INVITE')).toEqual([100]);
  expect(localTag()).toBe('');
});

test('a repeated INVITE gets the last response again and is one call', () => {
  const call = invite();
  call.ring();
  invite();
  invite();
  expect(bench.peer.statuses('INVITE')).toEqual([180, 180, 180]);
  expect(calls).toHaveLength(1);
});

test('the 200 is repeated at exactly these times, and without an ACK the call is hung up on', () => {
  const call = invite();
  call.answer('answer');
  bench.clock.advance(32_000);
  expect(bench.peer.times(200)).toEqual([
    0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
  ]);
  expect(bench.peer.times('BYE')[0]).toBe(32_000);
  expect(ends).toEqual([{ kind: 'lost' }]);
  expectNothingLeft();
});

test('the ACK ends the repetition and is told once', () => {
  const call = invite();
  let acked = 0;
  call.handlers.onAnswerAcked = () => {
    acked += 1;
  };
  call.answer('answer');
  bench.clock.advance(600);
  for (const branch of ['z9hG4bK2', 'z9hG4bK2']) send('ACK', { branch, toTag: localTag() });
  bench.clock.advance(60_000);
  expect(bench.peer.times(200)).toEqual([0, 500]);
  expect(acked).toBe(1);
});

describe('an INVITE without an offer', () => {
  let acks: (string | null)[];

  beforeEach(() => {
    acks = [];
    const call = invite({ body: '' });
    call.handlers.onAnswerAcked = (sdp) => {
      acks.push(sdp);
      if (sdp === 'bad') throw new Error('no codec');
    };
    call.answer('our offer');
    bench.clock.advance(0);
  });

  test('has its answer in the ACK', () => {
    send('ACK', { branch: 'z9hG4bK2', toTag: localTag(), body: 'their answer' });
    expect(acks).toEqual(['their answer']);
    expect(bench.peer.requests('BYE')).toEqual([]);
  });

  test('is hung up on when the ACK has none', () => {
    send('ACK', { branch: 'z9hG4bK2', toTag: localTag() });
    expect(acks).toEqual([]);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    bench.clock.advance(0);
    expect(ends).toEqual([{ kind: 'bye-local' }]);
    expectNothingLeft();
  });

  test('is hung up on when its answer is no good', () => {
    send('ACK', { branch: 'z9hG4bK2', toTag: localTag(), body: 'bad' });
    expect(bench.peer.requests('BYE')).toHaveLength(1);
    expect(bench.faults.map(({ error }) => error.message)).toEqual(['no codec']);
  });
});

test('the ACK of an answer to an offer has nothing to say', () => {
  const acks: (string | null)[] = [];
  const call = invite();
  call.handlers.onAnswerAcked = (sdp) => acks.push(sdp);
  call.answer('answer');
  bench.clock.advance(0);
  send('ACK', { branch: 'z9hG4bK2', toTag: localTag(), body: 'stray' });
  expect(acks).toEqual([null]);
});

test('the ACK of a peer that reuses the branch of its INVITE is one too', () => {
  invite().answer('answer');
  bench.clock.advance(0);
  send('ACK', { branch: 'z9hG4bK1', toTag: localTag() });
  bench.clock.advance(60_000);
  expect(bench.peer.times(200)).toEqual([0]);
});

test('a hang-up before the ACK waits for it', () => {
  const call = invite();
  call.answer('answer');
  call.bye();
  bench.clock.advance(0);
  expect(bench.peer.requests('BYE')).toEqual([]);
  send('ACK', { branch: 'z9hG4bK2', toTag: localTag() });
  expect(bench.peer.requests('BYE')).toHaveLength(1);
});

test('a rejection is repeated at exactly these times until its ACK', () => {
  const call = invite();
  call.reject(486, { headers: [['Reason', 'Q.850;cause=17']] });
  bench.clock.advance(12_000);
  send('ACK', { toTag: localTag() });
  bench.clock.advance(30_000);
  expect(bench.peer.times(486)).toEqual([0, 500, 1500, 3500, 7500, 11_500]);
  expect(bench.peer.responses('INVITE')[0]?.headers.get('Reason')).toBe('Q.850;cause=17');
  expect(ends).toEqual([{ kind: 'rejected' }]);
  expectNothingLeft();
});

test('a rejection that is never acknowledged is forgotten after 32 s', () => {
  invite().reject(486);
  bench.clock.advance(31_999);
  expect(bench.peer.times(486)).toHaveLength(11);
  expect(bench.agent.counts().serverTransactions).toBe(1);
  bench.clock.advance(1);
  expect(bench.agent.counts()).toEqual(NOTHING_LEFT);
});

describe('CANCEL', () => {
  test('gets 200, and the INVITE 487, with one tag', () => {
    invite().ring();
    send('CANCEL');
    expect(bench.peer.statuses('CANCEL')).toEqual([200]);
    expect(bench.peer.statuses('INVITE')).toEqual([180, 487]);
    expect(tagOf(bench.peer.responses('CANCEL')[0]?.headers.get('To') ?? '')).toBe(localTag());
    expect(ends).toEqual([{ kind: 'canceled' }]);
    send('ACK', { toTag: localTag() });
    expectNothingLeft();
  });

  test('after the answer changes nothing', () => {
    invite().answer('answer');
    send('CANCEL');
    expect(bench.peer.statuses('CANCEL')).toEqual([200]);
    expect(ends).toEqual([]);
  });

  test('of nothing is 481', () => {
    send('CANCEL');
    expect(bench.peer.statuses('CANCEL')).toEqual([481]);
  });
});

test('an ignored call is silence, however often it comes, and is forgotten', () => {
  invite().ignore();
  bench.clock.advance(1000);
  invite();
  send('CANCEL');
  bench.clock.advance(1000);
  expect(bench.peer.received).toEqual([]);
  expect(calls).toHaveLength(1);
  expect(ends).toEqual([]);
  expectNothingLeft();
});

test('what does not fit the state does nothing', () => {
  const call = invite();
  call.reject(603);
  call.answer('answer');
  call.ring();
  call.reject(486);
  call.bye();
  call.ignore();
  bench.clock.advance(0);
  expect(bench.peer.statuses('INVITE')).toEqual([603]);
  expect(ends).toEqual([{ kind: 'rejected' }]);
});

test('the caller hangs up before the answer with BYE', () => {
  invite().ring();
  bench.clock.advance(0);
  send('BYE', { branch: 'z9hG4bK9', toTag: localTag(), cseq: 2 });
  expect(bench.peer.statuses('BYE')).toEqual([200]);
  expect(bench.peer.statuses('INVITE')).toEqual([180, 487]);
  expect(ends).toEqual([{ kind: 'bye-remote' }]);
});

test('a second offer before our answer is put off', () => {
  invite().ring();
  bench.clock.advance(0);
  send('INVITE', { branch: 'z9hG4bK9', toTag: localTag(), cseq: 2, body: OFFER });
  send('UPDATE', { branch: 'z9hG4bK8', toTag: localTag(), cseq: 3, body: OFFER });
  expect(bench.peer.statuses('INVITE')).toEqual([180, 500]);
  expect(bench.peer.statuses('UPDATE')).toEqual([500]);
});

test('a phone that rings says so every minute, with the last that it said', () => {
  const call = invite();
  call.ring();
  call.ring({ status: 183, body: 'early' });
  bench.clock.advance(125_000);
  expect(bench.peer.times(180)).toEqual([0]);
  expect(bench.peer.times(183)).toEqual([0, 60_000, 120_000]);
  call.answer('answer');
  bench.clock.advance(0);
  send('ACK', { branch: 'z9hG4bK2', toTag: localTag() });
  bench.clock.advance(120_000);
  expect(bench.peer.statuses('INVITE')).toEqual([180, 183, 183, 183, 200]);
});

test('a phone that has not rung says nothing of the kind', () => {
  invite();
  bench.clock.advance(125_000);
  expect(bench.peer.statuses('INVITE')).toEqual([100]);
});

test('a phone that rings for ever is given up in the end', () => {
  invite().ring();
  bench.clock.advance(15 * 60_000);
  expect(bench.peer.times(480)[0]).toBe(15 * 60_000);
  expect(ends).toEqual([{ kind: 'rejected' }]);
});

test('who takes the call and fails answers 500', () => {
  const failing = createAgentBench({
    onInvite: () => {
      throw new Error('broken');
    },
  });
  bench = failing;
  send('INVITE', { body: OFFER });
  expect(failing.peer.statuses('INVITE')).toEqual([500]);
  expect(failing.faults.map(({ error }) => error.message)).toEqual(['broken']);
});

test('requests beyond what memory may be spent on are dropped and counted, and taken when there is room again', () => {
  bench = createAgentBench({ onInvite: (call) => calls.push(call), maxServerBytes: 10_000 });
  for (const number of [1, 2, 3]) invite({ branch: `z9hG4bK${number}`, cseq: number }).ring();
  expect(bench.peer.statuses('INVITE')).toEqual([180, 180]);
  expect(bench.faults.map(({ error }) => error.name)).toEqual(['OverloadError']);
  send('OPTIONS', { branch: 'z9hG4bK4' });
  expect(bench.peer.statuses('OPTIONS')).toEqual([200]);
  for (const call of calls) call.reject(486);
  bench.clock.advance(32_000);
  invite({ branch: 'z9hG4bK3', cseq: 3 }).ring();
  bench.clock.advance(0);
  expect(bench.peer.statuses('INVITE').at(-1)).toBe(180);
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
    ['a required extension', 'INVITE', { headers: ['Require: 100rel'] }, 420],
    ['a body that is no SDP', 'INVITE', { body: '<xml/>', contentType: 'text/xml' }, 415],
    ['a body that is encoded', 'INVITE', { body: OFFER, headers: ['Content-Encoding: gzip'] }, 415],
    ['two CSeq', 'OPTIONS', { headers: ['CSeq: 1 INVITE'] }, 400],
  ] as const)('%s', (_, method, parts, status) => {
    send(method, { ...parts, headers: 'headers' in parts ? [...parts.headers] : [] });
    const response = bench.peer.received[0]?.message;
    expect(response).toMatchObject({ kind: 'response', status });
    expect(tagOf(response?.headers.get('To') ?? '')).not.toBeNull();
    expect(calls).toEqual([]);
    const headers = response?.headers;
    if (status === 405 || status === 501) expect(headers?.get('Allow')).toContain('BYE');
    if (status === 420) expect(headers?.get('Unsupported')).toBe('100rel');
    if (status === 415) expect(headers?.get('Accept')).toBe('application/sdp');
    expectKeptNothing(1);
    send(method, { ...parts, headers: 'headers' in parts ? [...parts.headers] : [] });
    expect(bench.peer.received[1]?.message).toEqual(response);
    expectKeptNothing(2);
  });

  test('OPTIONS says what we can', () => {
    send('OPTIONS');
    const headers = bench.peer.responses('OPTIONS')[0]?.headers;
    expect(headers?.get('Allow')).toBe('INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO');
    expect(headers?.get('Accept')).toBe('application/sdp');
    expect(headers?.has('Supported')).toBe(true);
  });

  test('about to go, OPTIONS and INVITE are 503', () => {
    bench.agent.setAvailable(false);
    send('OPTIONS');
    send('INVITE', { body: OFFER });
    expect(bench.peer.statuses('OPTIONS')).toEqual([503]);
    expect(bench.peer.statuses('INVITE')).toEqual([503]);
    expect(calls).toEqual([]);
    expectKeptNothing(2);
  });

  test('CANCEL of nothing is kept as little', () => {
    send('CANCEL');
    expect(bench.peer.statuses('CANCEL')).toEqual([481]);
    expectKeptNothing(1);
  });

  /** However long nobody acknowledges it, no answer is repeated, and no memory is spent on it. */
  function expectKeptNothing(answers: number): void {
    expect(bench.agent.counts()).toEqual(NOTHING_LEFT);
    expect(bench.clock.pending()).toBe(0);
    bench.clock.advance(40_000);
    expect(bench.peer.received).toHaveLength(answers);
  }

  test('the same call over another way is 482', () => {
    invite();
    send('INVITE', { body: OFFER, branch: 'z9hG4bKother' });
    expect(bench.peer.statuses('INVITE')).toEqual([482]);
    expect(calls).toHaveLength(1);
  });

  test('a stray ACK and a stray response are dropped', () => {
    send('ACK', { toTag: 'x' });
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
    send('OPTIONS', { headers: ['CSeq: 1 INVITE'] });
    send('OPTIONS', { headers: ['CSeq: 1 INVITE'] });
    const tags = bench.peer.received.map(({ message }) => tagOf(message.headers.get('To') ?? ''));
    expect(tags).toHaveLength(2);
    expect(new Set(tags).size).toBe(1);
    expect(bench.faults).toHaveLength(2);
    expect(bench.agent.counts()).toEqual(NOTHING_LEFT);
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
    send('OPTIONS');
    const via = bench.peer.responses('OPTIONS')[0];
    expect(via && topVia(via).params.get('received')).toBe('192.0.2.2');
    expect(via && topVia(via).params.get('rport')).toBe('5070');
  });

  test('to the port of the Via at the source without rport', () => {
    const at = { host: PEER_ADDRESS.host, port: 5999 };
    const elsewhere = new ScriptedPeer(bench.network, { at, clock: bench.clock, to: PEER_ADDRESS });
    send('OPTIONS', { via: 'Via: SIP/2.0/UDP 10.0.0.9:5999;branch=z9hG4bK5' });
    expect(elsewhere.statuses('OPTIONS')).toEqual([200]);
    expect(bench.peer.received).toEqual([]);
  });

  test('every Via comes back, in its order', () => {
    send('OPTIONS', {
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
    invite({ via }).reject(486);
    send('INVITE', { via, body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([486, 486]);
    send('ACK', { via, toTag: localTag() });
    bench.clock.advance(10_000);
    expect(bench.peer.statuses('INVITE')).toEqual([486, 486]);
  });
});
