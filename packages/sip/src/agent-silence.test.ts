import { beforeEach, describe, expect, test } from 'vitest';
import type { SipRequest } from './message.js';
import { parseMessage } from './parse-message.js';
import {
  AGENT_ADDRESS,
  type AgentBench,
  createAgentBench,
  NOTHING_LEFT,
  placeWatchedCall,
} from './testing/agent-bench.js';
import { ScriptedPeer } from './testing/scripted-peer.js';

let bench: AgentBench;

beforeEach(() => {
  bench = createAgentBench();
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
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('a phone that begins to ring after that is canceled', () => {
    const { told, ends } = placeWatchedCall(bench.agent, { firstResponseTimeoutMs: 2000 });
    bench.clock.advance(2500);
    bench.answer('b', 180);
    expect(bench.peer.requests('CANCEL')).toHaveLength(1);
    bench.peer.reply(bench.peer.last('CANCEL'), 200);
    bench.peer.reply(bench.peer.last('INVITE'), 487);
    bench.clock.advance(1);
    expect(ends).toHaveLength(1);
    expect(told).toEqual(['sent', 'ended no-response']);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('a phone that answers after that is hung up on', () => {
    const { ends } = placeWatchedCall(bench.agent, { firstResponseTimeoutMs: 2000 });
    bench.clock.advance(2500);
    bench.answer();
    expect(bench.peer.summary().slice(-2)).toEqual(['ACK', 'BYE']);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    expect(ends).toHaveLength(1);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('a response in time lets it ring on', () => {
    const { ends } = placeWatchedCall(bench.agent, { firstResponseTimeoutMs: 2000 });
    bench.clock.advance(1);
    bench.answer('b', 180);
    bench.clock.advance(60_000);
    expect(ends).toEqual([]);
  });

  test('is unreachable after the third INVITE when nobody listens there', () => {
    const targets = [{ host: '192.0.2.99', port: 5060 }];
    const { ends } = placeWatchedCall(bench.agent, { targets });
    bench.clock.advance(1499);
    expect(ends).toEqual([]);
    bench.clock.advance(2);
    expect(ends).toEqual([{ kind: 'unreachable', error: new Error('ECONNREFUSED') }]);
    bench.clock.advance(25_000);
    expect(bench.network.sent).toHaveLength(3);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test.each([
    ['rings', 180, ['CANCEL']],
    ['answers', 200, ['ACK', 'BYE']],
  ])('a phone that %s after that is not left alone', (_, status, methods) => {
    const at = { host: '192.0.2.99', port: 5060 };
    const { told } = placeWatchedCall(bench.agent, { targets: [at] });
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
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('is unreachable when a later INVITE cannot be sent, though the first may have arrived', () => {
    const { told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.network.sendError = new Error('ENETUNREACH');
    bench.clock.advance(500);
    expect(told).toEqual(['sent', 'ended unreachable']);
    bench.network.sendError = null;
    bench.answer();
    expect(bench.peer.summary().slice(-2)).toEqual(['ACK', 'BYE']);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('is given up as well when it challenges the first INVITE and is silent to the second', () => {
    const { ends } = placeWatchedCall(bench.agent, {
      firstResponseTimeoutMs: 2000,
      credentials: { username: 'anna', password: 'secret' },
    });
    bench.clock.advance(1500);
    bench.answer('b', 401, [['WWW-Authenticate', 'Digest realm="trunk", nonce="n1"']]);
    bench.clock.advance(1998);
    expect(ends).toEqual([]);
    bench.clock.advance(2);
    expect(ends).toEqual([{ kind: 'no-response' }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('is not to blame for its silence when the call was canceled', () => {
    const { call, ends } = placeWatchedCall(bench.agent, { firstResponseTimeoutMs: 2000 });
    bench.clock.advance(1000);
    call.cancel();
    bench.clock.advance(1000);
    expect(ends).toEqual([{ kind: 'canceled', status: null, reason: null, lateAnswer: false }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });
});
