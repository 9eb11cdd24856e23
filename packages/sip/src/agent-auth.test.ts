import { beforeEach, describe, expect, test } from 'vitest';
import type { SipRequest } from './message.js';
import { cseqOf } from './message-fields.js';
import { type AgentBench, createAgentBench, NOTHING_LEFT, placeWatchedCall } from './testing/agent-bench.js';
import { branchOf, tagIn } from './testing/read-message.js';

let bench: AgentBench;

beforeEach(() => {
  bench = createAgentBench();
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
    expect(tagIn(second, 'To')).toBeNull();
    expect(second.headers.get('Proxy-Authorization')).toMatch(/realm="trunk".*nc=00000001/);
    expect(bench.peer.requests('ACK')).toHaveLength(1);
    bench.answer();
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
    expect(bench.rest()).toEqual(NOTHING_LEFT);
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
    bench.answer();
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
    expect(bench.rest()).toEqual(NOTHING_LEFT);
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
