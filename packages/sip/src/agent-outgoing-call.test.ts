import { beforeEach, describe, expect, test } from 'vitest';
import type { OutgoingCallHandlers } from './agent-call.js';
import type { DialogState } from './dialog.js';
import type { SipMessage, SipRequest } from './message.js';
import { cseqOf, topVia } from './message-fields.js';
import { parseMessage } from './parse-message.js';
import { tagOf } from './parse-name-addr.js';
import {
  AGENT_ADDRESS,
  type AgentBench,
  createAgentBench,
  OFFER,
  PEER_ADDRESS,
  placeWatchedCall,
} from './testing/agent-bench.js';
import { ScriptedPeer } from './testing/scripted-peer.js';

let bench: AgentBench;
const CONTACT: [string, string] = ['Contact', '<sip:peer@192.0.2.2:5070>'];
const NOTHING_LEFT = { clientTransactions: 0, serverTransactions: 0, dialogs: 0, calls: 0 };
const EVERY_INVITE_MS = [0, 500, 1500, 3500, 7500, 15_500, 31_500];

beforeEach(() => {
  bench = createAgentBench();
});

function branchOf(message: SipMessage): string | null | undefined {
  return topVia(message).params.get('branch');
}

function tag(request: SipRequest, name: 'From' | 'To'): string | null {
  return tagOf(request.headers.get(name) ?? '');
}

/** Everything is over: no fault came up, and nothing is left once the network has had time to forget. */
function expectNothingLeft(): void {
  bench.clock.advance(70_000);
  expect(bench.faults).toEqual([]);
  expect(bench.agent.counts()).toEqual(NOTHING_LEFT);
  expect(bench.clock.pending()).toBe(0);
}

/** Rings and answers the last INVITE. */
function answer(toTag = 'b', status = 200, headers: [string, string][] = []): void {
  bench.peer.reply(bench.peer.last('INVITE'), status, {
    toTag,
    headers: [CONTACT, ...headers],
    body: status === 200 ? OFFER : '',
  });
  bench.clock.advance(1);
}

test('a call from INVITE to BYE', () => {
  const { call, told, ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  answer('b', 180);
  answer();
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
  expect(tag(ack, 'To')).toBe('b');
  call.bye(16);
  bench.clock.advance(1);
  const bye = bench.peer.last('BYE');
  expect(bye.headers.get('Reason')).toBe('Q.850;cause=16');
  expect(cseqOf(bye).number).toBe(cseqOf(invite).number + 1);
  bench.peer.reply(bye, 200);
  bench.clock.advance(1);
  expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: 16, status: 200 }]);
  expectNothingLeft();
});

test('INVITE is sent at exactly the times of RFC 3261 and given up at 32 s', () => {
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(31_999);
  expect(ends).toEqual([]);
  bench.clock.advance(1);
  expect(ends).toEqual([{ kind: 'no-response' }]);
  expect(bench.peer.times('INVITE')).toEqual(EVERY_INVITE_MS);
  expect(new Set(bench.network.sent.map(({ text }) => text)).size).toBe(1);
  expectNothingLeft();
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
  answer();
  const start = bench.clock.nowMs();
  call.bye();
  bench.clock.advance(4000);
  bench.peer.reply(bench.peer.last('BYE'), 100);
  bench.clock.advance(40_000);
  expect(bench.peer.times('BYE').map((ms) => ms - start)).toEqual([
    0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
  ]);
  expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: null, status: null }]);
  expectNothingLeft();
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
  expect(tag(acks[0] as SipRequest, 'To')).toBe('b');
  expect(ends).toEqual([
    { kind: 'rejected', status: 486, reason: 'Busy Here', q850: 17, retryAfterSeconds: 120 },
  ]);
  expectNothingLeft();
});

test('each repeated 2xx gets the same ACK again, and is told once', () => {
  const { told } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  for (let repetition = 0; repetition < 3; repetition++) answer();
  const acks = bench.peer.requests('ACK');
  expect(acks).toHaveLength(3);
  expect(new Set(acks.map(branchOf)).size).toBe(1);
  expect(told).toEqual(['sent', 'answered 200']);
});

describe('cancel', () => {
  test('goes out at once after a 1xx, as a twin of its INVITE', () => {
    const { call, told, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    answer('b', 180);
    call.cancel();
    call.cancel();
    bench.clock.advance(1);
    const [invite, cancel] = [bench.peer.last('INVITE'), bench.peer.last('CANCEL')];
    expect(bench.peer.requests('CANCEL')).toHaveLength(1);
    expect(cancel.headers.getAll('Via')).toEqual(invite.headers.getAll('Via'));
    expect(cancel.uri).toBe(invite.uri);
    expect(cseqOf(cancel)).toEqual({ number: cseqOf(invite).number, method: 'CANCEL' });
    expect(tag(cancel, 'To')).toBeNull();
    bench.peer.reply(cancel, 200);
    answer('b', 183);
    bench.peer.reply(invite, 487, { toTag: 'b' });
    bench.clock.advance(1);
    expect(ends).toEqual([
      { kind: 'canceled', status: 487, reason: 'Request Terminated', lateAnswer: false },
    ]);
    expect(told).toEqual(['sent', '180 Ringing', 'ended canceled']);
    expectNothingLeft();
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
    expectNothingLeft();
  });

  test('is over 32 s later when no final response came', () => {
    const { call, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    answer('b', 180);
    call.cancel();
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('CANCEL'), 200);
    bench.clock.advance(31_998);
    expect(ends).toEqual([]);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'canceled', status: null, reason: null, lateAnswer: false }]);
    expectNothingLeft();
  });

  test('against a 200 on its way: ACK, then BYE, and the call was not answered', () => {
    const { call, told, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    answer('b', 180);
    call.cancel();
    answer();
    expect(bench.peer.summary()).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE']);
    expect(ends).toEqual([{ kind: 'canceled', status: 200, reason: 'OK', lateAnswer: true }]);
    expect(told).not.toContain('answered 200');
    answer();
    expect(bench.peer.requests('ACK')).toHaveLength(2);
    expect(bench.peer.requests('BYE')).toHaveLength(1);
    bench.peer.reply(bench.peer.last('CANCEL'), 200);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    expectNothingLeft();
  });

  test('after the answer does nothing', () => {
    const { call, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    answer();
    call.cancel();
    bench.clock.advance(1);
    expect(bench.peer.summary()).toEqual(['INVITE', 'ACK']);
    expect(ends).toEqual([]);
  });
});

describe('forking', () => {
  test('several phones ring, the first that answers has the call, the others are hung up on', () => {
    const { told, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    for (const phone of ['a', 'b', 'c']) answer(phone, 180);
    expect(bench.agent.counts().dialogs).toBe(3);
    answer('b');
    answer('c');
    answer('d');
    expect(bench.agent.counts().dialogs).toBe(1);
    expect(bench.peer.requests('ACK').map((ack) => tag(ack, 'To'))).toEqual(['b', 'c', 'd']);
    expect(bench.peer.requests('BYE').map((bye) => tag(bye, 'To'))).toEqual(['c', 'd']);
    expect(told.filter((line) => line.startsWith('answered'))).toHaveLength(1);
    for (const bye of bench.peer.requests('BYE')) bench.peer.reply(bye, 200);
    sendInDialog('BYE', 'b', 1);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'bye', side: 'remote', q850: null, status: null }]);
    expect(bench.peer.statuses('BYE')).toEqual([200]);
    expectNothingLeft();
  });

  test('a flood of forks is bounded', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    for (let phone = 0; phone < 100; phone++) answer(`p${phone}`, 180);
    expect(bench.agent.counts().dialogs).toBe(16);
  });
});

describe('digest', () => {
  const credentials = { username: 'anna', password: 's3cret' };
  const challenge = (realm: string, nonce: string, more = ''): string =>
    `Digest realm="${realm}", nonce="${nonce}", algorithm=MD5, qop="auth"${more}`;

  function ask(status: number, headers: [string, string][]): void {
    bench.peer.reply(bench.peer.last('INVITE'), status, { toTag: 'proxy', headers });
    bench.clock.advance(1);
  }

  test('the call is repeated with credentials: same Call-ID and From tag, next CSeq, new branch, no To tag', () => {
    const { ends, told } = placeWatchedCall(bench.agent, { credentials });
    bench.clock.advance(1);
    ask(407, [['Proxy-Authenticate', challenge('trunk', 'n1')]]);
    const [first, second] = bench.peer.requests('INVITE') as [SipRequest, SipRequest];
    expect(second.headers.get('Call-ID')).toBe(first.headers.get('Call-ID'));
    expect(second.headers.get('From')).toBe(first.headers.get('From'));
    expect(cseqOf(second).number).toBe(cseqOf(first).number + 1);
    expect(branchOf(second)).not.toBe(branchOf(first));
    expect(tag(second, 'To')).toBeNull();
    expect(second.headers.get('Proxy-Authorization')).toMatch(/realm="trunk".*nc=00000001/);
    expect(bench.peer.requests('ACK')).toHaveLength(1);
    answer();
    expect(bench.peer.last('ACK').headers.get('Proxy-Authorization')).toBe(
      second.headers.get('Proxy-Authorization'),
    );
    expect(told).toEqual(['sent', 'answered 200']);
    expect(ends).toEqual([]);
  });

  test('two realms on the way are both answered', () => {
    placeWatchedCall(bench.agent, { credentials });
    bench.clock.advance(1);
    ask(407, [['Proxy-Authenticate', challenge('proxy', 'n1')]]);
    ask(401, [['WWW-Authenticate', challenge('phone', 'n2')]]);
    const third = bench.peer.last('INVITE');
    expect(third.headers.get('Proxy-Authorization')).toMatch(/realm="proxy".*nc=00000002/);
    expect(third.headers.get('Authorization')).toMatch(/realm="phone".*nc=00000001/);
  });

  test('the same realm again is a wrong password', () => {
    const { ends } = placeWatchedCall(bench.agent, { credentials });
    bench.clock.advance(1);
    ask(401, [['WWW-Authenticate', challenge('trunk', 'n1')]]);
    ask(401, [['WWW-Authenticate', challenge('trunk', 'n2')]]);
    expect(ends).toEqual([{ kind: 'unauthorized', status: 401, reason: 'Unauthorized' }]);
    expect(bench.peer.requests('INVITE')).toHaveLength(2);
    expectNothingLeft();
  });

  test('a stale nonce is believed once', () => {
    const { ends } = placeWatchedCall(bench.agent, { credentials });
    bench.clock.advance(1);
    ask(401, [['WWW-Authenticate', challenge('trunk', 'n1')]]);
    ask(401, [['WWW-Authenticate', challenge('trunk', 'n2', ', stale=true')]]);
    expect(bench.peer.last('INVITE').headers.get('Authorization')).toContain('nonce="n2"');
    ask(401, [['WWW-Authenticate', challenge('trunk', 'n3', ', stale=true')]]);
    expect(ends).toEqual([{ kind: 'unauthorized', status: 401, reason: 'Unauthorized' }]);
  });

  test.each([
    ['without credentials', undefined, challenge('trunk', 'n1')],
    ['with a scheme that we do not speak', credentials, 'Bearer realm="trunk"'],
  ])('%s there is no second try', (_, given, header) => {
    const { ends } = placeWatchedCall(bench.agent, given ? { credentials: given } : {});
    bench.clock.advance(1);
    ask(401, [['WWW-Authenticate', header]]);
    expect(ends).toEqual([{ kind: 'unauthorized', status: 401, reason: 'Unauthorized' }]);
  });

  test('BYE may be challenged too, although the nonce of the INVITE was given', () => {
    const { call, ends } = placeWatchedCall(bench.agent, { credentials });
    bench.clock.advance(1);
    ask(407, [['Proxy-Authenticate', challenge('trunk', 'n1')]]);
    answer();
    call.bye();
    bench.clock.advance(1);
    expect(bench.peer.last('BYE').headers.get('Proxy-Authorization')).toMatch(/nonce="n1".*nc=00000002/);
    bench.peer.reply(bench.peer.last('BYE'), 407, {
      headers: [['Proxy-Authenticate', challenge('trunk', 'n9')]],
    });
    bench.clock.advance(1);
    const [first, second] = bench.peer.requests('BYE') as [SipRequest, SipRequest];
    expect(cseqOf(second).number).toBe(cseqOf(first).number + 1);
    expect(second.headers.get('Proxy-Authorization')).toContain('nonce="n9"');
    bench.peer.reply(second, 200);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: null, status: 200 }]);
    expectNothingLeft();
  });

  test('CANCEL belongs to the attempt that is under way', () => {
    const { call, ends } = placeWatchedCall(bench.agent, { credentials });
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('INVITE'), 100);
    ask(407, [['Proxy-Authenticate', challenge('trunk', 'n1')]]);
    call.cancel();
    bench.clock.advance(1);
    expect(bench.peer.requests('CANCEL')).toEqual([]);
    bench.peer.reply(bench.peer.last('INVITE'), 100);
    bench.clock.advance(1);
    expect(branchOf(bench.peer.last('CANCEL'))).toBe(branchOf(bench.peer.last('INVITE')));
    expect(cseqOf(bench.peer.last('CANCEL')).number).toBe(2);
    bench.peer.reply(bench.peer.last('INVITE'), 487);
    bench.clock.advance(1);
    expect(ends).toEqual([
      { kind: 'canceled', status: 487, reason: 'Request Terminated', lateAnswer: false },
    ]);
  });

  test('a challenge after cancel is not answered', () => {
    const { call, ends } = placeWatchedCall(bench.agent, { credentials });
    bench.clock.advance(1);
    call.cancel();
    ask(407, [['Proxy-Authenticate', challenge('trunk', 'n1')]]);
    expect(bench.peer.requests('INVITE')).toHaveLength(1);
    expect(ends).toEqual([
      { kind: 'canceled', status: 407, reason: 'Proxy Authentication Required', lateAnswer: false },
    ]);
  });
});

describe('a trunk that does not work', () => {
  test('is given up when it says nothing in time, and the INVITE is not sent again', () => {
    const { ends } = placeWatchedCall(bench.agent, { firstResponseTimeoutMs: 2000 });
    bench.clock.advance(1999);
    expect(ends).toEqual([]);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'no-response' }]);
    bench.clock.advance(29_000);
    expect(bench.peer.times('INVITE')).toEqual([0, 500, 1500]);
    expectNothingLeft();
  });

  test('a phone that begins to ring after that is canceled', () => {
    const { told, ends } = placeWatchedCall(bench.agent, { firstResponseTimeoutMs: 2000 });
    bench.clock.advance(2500);
    answer('b', 180);
    expect(bench.peer.requests('CANCEL')).toHaveLength(1);
    bench.peer.reply(bench.peer.last('CANCEL'), 200);
    bench.peer.reply(bench.peer.last('INVITE'), 487);
    bench.clock.advance(1);
    expect(ends).toHaveLength(1);
    expect(told).toEqual(['sent', 'ended no-response']);
    expectNothingLeft();
  });

  test('a phone that answers after that is hung up on', () => {
    const { ends } = placeWatchedCall(bench.agent, { firstResponseTimeoutMs: 2000 });
    bench.clock.advance(2500);
    answer();
    expect(bench.peer.summary().slice(-2)).toEqual(['ACK', 'BYE']);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    expect(ends).toHaveLength(1);
    expectNothingLeft();
  });

  test('a response in time lets it ring on', () => {
    const { ends } = placeWatchedCall(bench.agent, { firstResponseTimeoutMs: 2000 });
    bench.clock.advance(1);
    answer('b', 180);
    bench.clock.advance(60_000);
    expect(ends).toEqual([]);
  });

  test('is unreachable after the third INVITE when nobody listens there', () => {
    const nextHop = { host: '192.0.2.99', port: 5060 };
    const { ends } = placeWatchedCall(bench.agent, { nextHop });
    bench.clock.advance(1499);
    expect(ends).toEqual([]);
    bench.clock.advance(2);
    expect(ends).toEqual([{ kind: 'unreachable', error: new Error('ECONNREFUSED') }]);
    bench.clock.advance(25_000);
    expect(bench.network.sent).toHaveLength(3);
    expectNothingLeft();
  });

  test.each([
    ['rings', 180, ['CANCEL']],
    ['answers', 200, ['ACK', 'BYE']],
  ])('a phone that %s after that is not left alone', (_, status, methods) => {
    const at = { host: '192.0.2.99', port: 5060 };
    const { told } = placeWatchedCall(bench.agent, { nextHop: at });
    bench.clock.advance(1501);
    const late = new ScriptedPeer(bench.network, { at, clock: bench.clock, to: AGENT_ADDRESS });
    const invite = parseMessage(Buffer.from(bench.network.sent[0]?.text ?? '')) as SipRequest;
    late.reply(invite, status, { toTag: 'b', headers: [['Contact', '<sip:192.0.2.99:5060>']] });
    bench.clock.advance(1);
    expect(late.summary()).toEqual(methods);
    late.reply(late.last(methods.at(-1) ?? ''), 200);
    late.reply(invite, 487, { toTag: 'b' });
    bench.clock.advance(1);
    expect(told).toEqual(['sent', 'ended unreachable']);
    expectNothingLeft();
  });

  test('is unreachable when a later INVITE cannot be sent, though the first may have arrived', () => {
    const { told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.network.sendError = new Error('ENETUNREACH');
    bench.clock.advance(500);
    expect(told).toEqual(['sent', 'ended unreachable']);
    bench.network.sendError = null;
    answer();
    expect(bench.peer.summary().slice(-2)).toEqual(['ACK', 'BYE']);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    expectNothingLeft();
  });

  test('is given up as well when it challenges the first INVITE and is silent to the second', () => {
    const { ends } = placeWatchedCall(bench.agent, {
      firstResponseTimeoutMs: 2000,
      credentials: { username: 'anna', password: 'secret' },
    });
    bench.clock.advance(1500);
    answer('b', 401, [['WWW-Authenticate', 'Digest realm="trunk", nonce="n1"']]);
    bench.clock.advance(1998);
    expect(ends).toEqual([]);
    bench.clock.advance(2);
    expect(ends).toEqual([{ kind: 'no-response' }]);
    expectNothingLeft();
  });

  test('is not to blame for its silence when the call was canceled', () => {
    const { call, ends } = placeWatchedCall(bench.agent, { firstResponseTimeoutMs: 2000 });
    bench.clock.advance(1000);
    call.cancel();
    bench.clock.advance(1000);
    expect(ends).toEqual([{ kind: 'canceled', status: null, reason: null, lateAnswer: false }]);
    expectNothingLeft();
  });
});

describe('routes', () => {
  const proxies = ['<sip:192.0.2.11:5061;lr>', '<sip:p2.example.com;lr>'];
  const recordRoutes = proxies.map((route): [string, string] => ['Record-Route', route]);
  let proxy: ScriptedPeer;

  beforeEach(() => {
    const at = { host: '192.0.2.11', port: 5061 };
    proxy = new ScriptedPeer(bench.network, { at, clock: bench.clock, to: PEER_ADDRESS });
  });

  test('Record-Route is followed in reverse; a first route that is a name goes the way of the INVITE', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    answer('b', 200, recordRoutes);
    const ack = bench.peer.last('ACK');
    expect(ack.headers.getAll('Route')).toEqual([...proxies].reverse());
    expect(ack.uri).toBe('sip:peer@192.0.2.2:5070');
  });

  test('what follows goes to the address of the first route', () => {
    const { call } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    answer('b', 200, [...recordRoutes].reverse());
    call.bye();
    bench.clock.advance(1);
    expect(proxy.summary()).toEqual(['ACK', 'BYE']);
    expect(proxy.last('BYE').headers.getAll('Route')).toEqual(proxies);
  });

  test('a strict router finds itself in the Request-URI and the target last', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    answer('b', 200, [
      ['Record-Route', '<sip:p2.example.com;lr>'],
      ['Record-Route', '<sip:192.0.2.11:5061>'],
    ]);
    const ack = proxy.last('ACK');
    expect(ack.uri).toBe('sip:192.0.2.11:5061');
    expect(ack.headers.getAll('Route')).toEqual(['<sip:p2.example.com;lr>', '<sip:peer@192.0.2.2:5070>']);
  });

  test.each([
    ['a lone semicolon', '<sip:peer@192.0.2.12:5062;>', 'sip:peer@192.0.2.12:5062;'],
    ['an empty user', '<sip:@192.0.2.12:5062>', 'sip:@192.0.2.12:5062'],
    ['a parameter twice', '<sip:peer@192.0.2.12:5062>;a=1;a=2', 'sip:peer@192.0.2.12:5062'],
    ['spaces', '< sip:peer@192.0.2.12:5062 >', 'sip:peer@192.0.2.12:5062'],
    ['a comma behind it', '<sip:peer@192.0.2.12:5062>,', 'sip:peer@192.0.2.12:5062'],
    ['a comma before it', ',<sip:peer@192.0.2.12:5062>', 'sip:peer@192.0.2.12:5062'],
  ])('an answer whose Contact has %s is an answer, and is acknowledged there', (_, contact, uri) => {
    const { told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('INVITE'), 200, { toTag: 'b', headers: [['Contact', contact]] });
    bench.clock.advance(1);
    expect(told).toEqual(['sent', 'answered 200']);
    const ack = bench.network.sent.at(-1);
    expect(ack?.text).toMatch(`ACK ${uri} SIP/2.0\r\n`);
    expect(ack?.to).toEqual({ host: '192.0.2.12', port: 5062 });
  });

  test('an answer whose Record-Route is sloppy is followed all the same, and what is no route is left out', () => {
    const { told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    answer('b', 200, [
      ['Record-Route', '<sip:p2.example.com;lr>;x;x'],
      ['Record-Route', '< sip:192.0.2.11:5061;lr >,'],
      ['Record-Route', '<sip:a b>'],
    ]);
    expect(told).toEqual(['sent', 'answered 200']);
    expect(proxy.last('ACK').headers.getAll('Route')).toEqual([
      '<sip:192.0.2.11:5061;lr>',
      '<sip:p2.example.com;lr>',
    ]);
  });

  test('without routes the Contact is where the dialog goes on', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('INVITE'), 200, {
      toTag: 'b',
      headers: [['Contact', '<sip:peer@192.0.2.11:5061>']],
    });
    bench.clock.advance(1);
    expect(proxy.summary()).toEqual(['ACK']);
  });
});

/** A request of the peer in the dialog of the last INVITE. */
function sendInDialog(
  method: string,
  fromTag: string,
  cseq: number,
  more: { headers?: [string, string][]; body?: string } = {},
): void {
  const invite = bench.peer.last('INVITE');
  const body = more.body ?? '';
  bench.peer.sendText(
    [
      `${method} sip:203.0.113.1:5060 SIP/2.0`,
      `Via: SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKpeer${method}${cseq};rport`,
      `From: ${(invite.headers.get('To') ?? '').replace(/;tag=.*/, '')};tag=${fromTag}`,
      `To: ${invite.headers.get('From')}`,
      `Call-ID: ${invite.headers.get('Call-ID')}`,
      `CSeq: ${cseq} ${method}`,
      'Contact: <sip:peer@192.0.2.2:5070>',
      ...(more.headers ?? []).map(([name, value]) => `${name}: ${value}`),
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ],
    body,
  );
  bench.clock.advance(1);
}

describe('in the dialog', () => {
  let offers: string[];
  let give: string | null;

  beforeEach(() => {
    offers = [];
    give = 'v=0\r\ns=answer\r\n';
  });

  function talk(also: Partial<OutgoingCallHandlers> = {}) {
    const onReinvite = (offer: string): string | null => {
      offers.push(offer);
      return give;
    };
    const watched = placeWatchedCall(bench.agent, { also: { onReinvite, ...also } });
    bench.clock.advance(1);
    answer();
    return watched;
  }

  test('a re-INVITE is answered, and its 200 repeated until the ACK', () => {
    talk();
    sendInDialog('INVITE', 'b', 1, { body: OFFER });
    bench.clock.advance(3999);
    expect(offers).toEqual([OFFER]);
    expect(bench.peer.statuses('INVITE')).toEqual([200, 200, 200, 200]);
    expect(bench.peer.responses('INVITE')[0]?.body.toString()).toBe(give);
    sendInDialog('ACK', 'b', 1);
    bench.clock.advance(60_000);
    expect(bench.peer.statuses('INVITE')).toHaveLength(4);
  });

  test('one without an offer asks for ours', () => {
    talk();
    sendInDialog('INVITE', 'b', 1);
    expect(offers).toEqual(['']);
    expect(bench.peer.responses('INVITE')[0]?.body.toString()).toBe(give);
  });

  test('the answer to ours comes up once, with the ACK', () => {
    const answers: string[] = [];
    const { ends } = talk({ onReinviteAnswer: (sdp) => answers.push(sdp) });
    sendInDialog('INVITE', 'b', 1);
    for (let times = 0; times < 2; times++) sendInDialog('ACK', 'b', 1, { body: 'their answer' });
    sendInDialog('INVITE', 'b', 2, { body: OFFER });
    sendInDialog('ACK', 'b', 2, { body: 'an answer to nothing' });
    expect(answers).toEqual(['their answer']);
    expect(bench.peer.requests('BYE')).toEqual([]);
    expect(ends).toEqual([]);
  });

  test('an ACK without the answer to ours ends the call', () => {
    const { ends } = talk();
    sendInDialog('INVITE', 'b', 1);
    sendInDialog('ACK', 'b', 1);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: null, status: 200 }]);
    expectNothingLeft();
  });

  test('an answer that is no good ends the call, and is a fault', () => {
    talk({
      onReinviteAnswer: () => {
        throw new Error('no codec');
      },
    });
    sendInDialog('INVITE', 'b', 1);
    sendInDialog('ACK', 'b', 1, { body: 'their answer' });
    expect(bench.peer.requests('BYE')).toHaveLength(1);
    expect(bench.faults.map(({ error }) => error.message)).toEqual(['no codec']);
  });

  test('one that the handler refuses is 488, and the call goes on', () => {
    const { ends } = talk();
    give = null;
    sendInDialog('INVITE', 'b', 1, { body: OFFER });
    sendInDialog('UPDATE', 'b', 2, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([488]);
    expect(bench.peer.statuses('UPDATE')).toEqual([488]);
    expect(ends).toEqual([]);
  });

  test('one that comes before the last was acknowledged is put off', () => {
    talk();
    sendInDialog('INVITE', 'b', 1, { body: OFFER });
    sendInDialog('INVITE', 'b', 2, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([200, 500]);
    expect(bench.peer.responses('INVITE')[1]?.headers.get('Retry-After')).toMatch(/^([0-9]|10)$/);
  });

  test('an offer while ours is open is glare', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    answer('b', 180);
    sendInDialog('INVITE', 'b', 1, { body: OFFER });
    sendInDialog('UPDATE', 'b', 2, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([491]);
    expect(bench.peer.statuses('UPDATE')).toEqual([491]);
  });

  test('one that is never acknowledged ends the call', () => {
    const { ends } = talk();
    sendInDialog('INVITE', 'b', 1, { body: OFFER });
    bench.clock.advance(32_000);
    expect(ends).toEqual([{ kind: 'dialog-lost' }]);
    expect(bench.peer.requests('BYE').length).toBeGreaterThan(0);
    expectNothingLeft();
  });

  test('a handler that throws is a 500 and a fault, and the call goes on', () => {
    const { ends } = placeWatchedCall(bench.agent, {
      also: {
        onReinvite: () => {
          throw new Error('broken');
        },
      },
    });
    bench.clock.advance(1);
    answer();
    sendInDialog('INVITE', 'b', 1, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([500]);
    expect(bench.faults.map(({ error }) => error.message)).toEqual(['broken']);
    expect(ends).toEqual([]);
  });

  test.each([
    ['UPDATE with an offer', 'UPDATE', OFFER, [], 200],
    ['UPDATE without one', 'UPDATE', '', [], 200],
    ['OPTIONS', 'OPTIONS', '', [], 200],
    ['INFO without a body', 'INFO', '', [], 200],
    ['INFO with what we do not read', 'INFO', OFFER, [], 415],
    ['a known method that we do not offer', 'REFER', '', [], 405],
    ['an unknown method', 'DANCE', '', [], 501],
    ['a method in lower case', 'bye', '', [], 501],
    ['an extension that we do not have', 'INFO', '', [['Require', 'timer, 100rel']], 420],
  ] as const)('%s', (_, method, body, headers, status) => {
    const { ends } = talk();
    sendInDialog(method, 'b', 1, { body, headers: headers.map(([name, value]) => [name, value]) });
    expect(bench.peer.statuses(method)).toEqual([status]);
    const response = bench.peer.responses(method)[0];
    if (status === 420) expect(response?.headers.get('Unsupported')).toBe('timer, 100rel');
    if (status === 405 || status === 501) expect(response?.headers.get('Allow')).toContain('INVITE');
    expect(ends).toEqual([]);
  });

  test('a request that is older than the last is refused', () => {
    talk();
    sendInDialog('INFO', 'b', 7);
    sendInDialog('OPTIONS', 'b', 3);
    expect(bench.peer.statuses('OPTIONS')).toEqual([500]);
  });

  test('BYE is confirmed with its cause, also while ours is under way', () => {
    const { call, ends } = talk();
    call.bye();
    sendInDialog('BYE', 'b', 1, { headers: [['Reason', 'Q.850;cause=31']] });
    expect(bench.peer.statuses('BYE')).toEqual([200]);
    bench.peer.reply(bench.peer.last('BYE'), 481);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: null, status: 481 }]);
    expectNothingLeft();
  });

  test('the far end hangs up and says why', () => {
    const { ends } = talk();
    sendInDialog('BYE', 'b', 1, { headers: [['Reason', 'Q.850;cause=31']] });
    expect(ends).toEqual([{ kind: 'bye', side: 'remote', q850: 31, status: null }]);
    expectNothingLeft();
  });

  test('a new Contact is where the BYE goes', () => {
    const { call } = talk();
    const at = { host: '192.0.2.33', port: 5099 };
    const moved = new ScriptedPeer(bench.network, { at, clock: bench.clock, to: PEER_ADDRESS });
    const invite = bench.peer.last('INVITE');
    const text = [
      'UPDATE sip:203.0.113.1:5060 SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKmoved;rport',
      `From: ${invite.headers.get('To')};tag=b`,
      `To: ${invite.headers.get('From')}`,
      `Call-ID: ${invite.headers.get('Call-ID')}`,
      'CSeq: 1 UPDATE',
      'Contact: <sip:peer@192.0.2.33:5099>',
      'Content-Length: 0',
    ];
    bench.peer.sendText(text);
    bench.clock.advance(1);
    call.bye();
    bench.clock.advance(1);
    expect(moved.summary()).toEqual(['BYE']);
    expect(moved.last('BYE').uri).toBe('sip:peer@192.0.2.33:5099');
  });
});

test('another process can hang up with what the answer told', async () => {
  let dialog: DialogState | undefined;
  placeWatchedCall(bench.agent, {
    also: {
      onAnswered: (told) => {
        dialog = told.dialog;
      },
    },
  });
  bench.clock.advance(1);
  answer();
  const other = createAgentBench();
  const stored = JSON.parse(JSON.stringify(dialog)) as DialogState;
  expect(stored).toMatchObject({
    remoteTag: 'b',
    remoteTarget: 'sip:peer@192.0.2.2:5070',
    nextHop: PEER_ADDRESS,
  });
  const done = other.agent.byeOnDialog(stored, 16);
  other.clock.advance(1);
  const bye = other.peer.last('BYE');
  expect(bye.headers.get('Call-ID')).toBe(stored.callId);
  expect(cseqOf(bye).number).toBe(stored.localCSeq + 1);
  expect([tag(bye, 'From'), tag(bye, 'To')]).toEqual([stored.localTag, 'b']);
  other.peer.reply(bye, 200);
  other.clock.advance(1);
  await done;
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

test('what would break out of a header is refused, and nothing is sent', () => {
  const from = { uri: 'sip:a@203.0.113.1', displayName: 'Anna\r\nX-Evil: 1' };
  expect(() => placeWatchedCall(bench.agent, { from })).toThrow();
  bench.clock.advance(1);
  expect(bench.peer.received).toEqual([]);
  expect(bench.agent.counts()).toEqual(NOTHING_LEFT);
});

test('close hangs up on what is under way and waits for the answer', async () => {
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  answer();
  const closed = bench.agent.close();
  bench.clock.advance(1);
  bench.peer.reply(bench.peer.last('BYE'), 200);
  bench.clock.advance(1);
  await closed;
  expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: null, status: 200 }]);
  expect(bench.agent.counts()).toEqual(NOTHING_LEFT);
});

test('close waits no longer than 5 s', async () => {
  const { ends } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  answer('b', 180);
  const closed = bench.agent.close();
  bench.clock.advance(5000);
  await closed;
  expect(ends).toEqual([{ kind: 'canceled', status: null, reason: null, lateAnswer: false }]);
  expect(bench.agent.counts()).toEqual(NOTHING_LEFT);
});
