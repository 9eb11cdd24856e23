import { beforeEach, describe, expect, test } from 'vitest';
import { cseqOf } from './message-fields.js';
import {
  AGENT_ADDRESS,
  type AgentBench,
  createAgentBench,
  NOTHING_LEFT,
  PEER_ADDRESS,
  placeWatchedCall,
} from './testing/agent-bench.js';
import { branchOf, tagIn } from './testing/read-message.js';
import { ScriptedPeer } from './testing/scripted-peer.js';
import type { SipAddress } from './transport.js';

const SECOND = { host: '192.0.2.3', port: 5060 };
const targets = [PEER_ADDRESS, SECOND];

let bench: AgentBench;
let second: ScriptedPeer;

beforeEach(() => {
  bench = createAgentBench();
  second = new ScriptedPeer(bench.network, { at: SECOND, clock: bench.clock, to: AGENT_ADDRESS });
});

/** A 180, then a 200, from the second target. */
function answerAtSecond(): void {
  const contact: [string, string] = ['Contact', '<sip:peer@192.0.2.3:5060>'];
  second.reply(second.last('INVITE'), 200, { toTag: 'c', headers: [contact] });
  bench.clock.advance(1);
}

describe('the next target of a call', () => {
  test('is tried after a 503: same Call-ID and From tag, next CSeq, new branch', () => {
    const sentTo: SipAddress[] = [];
    const { told, failures, call } = placeWatchedCall(bench.agent, {
      targets,
      also: { onSent: (target) => sentTo.push(target) },
    });
    bench.clock.advance(1);
    bench.answer('b', 503, [
      ['Retry-After', '30'],
      ['Reason', 'Q.850;cause=42'],
    ]);
    const [first, next] = [bench.peer.last('INVITE'), second.last('INVITE')];
    expect(next.headers.get('Call-ID')).toBe(first.headers.get('Call-ID'));
    expect(next.headers.get('From')).toBe(first.headers.get('From'));
    expect(cseqOf(next).number).toBe(cseqOf(first).number + 1);
    expect(branchOf(next)).not.toBe(branchOf(first));
    expect(tagIn(next, 'To')).toBeNull();
    expect(bench.peer.summary()).toEqual(['INVITE', 'ACK']);
    answerAtSecond();
    expect(told).toEqual(['sent', 'failed rejected', 'sent', 'answered 200']);
    expect(sentTo).toEqual(targets);
    expect(failures).toEqual([
      {
        target: PEER_ADDRESS,
        failure: 'rejected',
        status: 503,
        reason: 'Service Unavailable',
        q850: 42,
        retryAfterSeconds: 30,
      },
    ]);
    call.bye();
    bench.clock.advance(1);
    second.reply(second.last('BYE'), 200);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('is tried after 4 s of silence, and the last one has the whole 32 s', () => {
    const { told, ends, failures } = placeWatchedCall(bench.agent, { targets });
    bench.clock.advance(3999);
    expect(second.received).toEqual([]);
    bench.clock.advance(2);
    expect(second.summary()).toEqual(['INVITE']);
    bench.clock.advance(31_998);
    expect(ends).toEqual([]);
    bench.clock.advance(2);
    expect(told).toEqual(['sent', 'failed no-response', 'sent', 'ended no-response']);
    expect(failures).toMatchObject([{ target: PEER_ADDRESS, failure: 'no-response', status: null }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('gets the patience that was asked for', () => {
    const { told } = placeWatchedCall(bench.agent, { targets, firstResponseTimeoutMs: 1000 });
    bench.clock.advance(2001);
    expect(told).toEqual(['sent', 'failed no-response', 'sent', 'ended no-response']);
  });

  test('is tried when the network refuses the first', () => {
    bench.network.loses = ({ to }) => (to.host === '192.0.2.9' ? true : null);
    const nobody = { host: '192.0.2.9', port: 5060 };
    const { told, failures } = placeWatchedCall(bench.agent, { targets: [nobody, SECOND] });
    bench.clock.advance(1502);
    answerAtSecond();
    expect(told).toEqual(['sent', 'failed unreachable', 'sent', 'answered 200']);
    expect(failures).toMatchObject([{ failure: 'unreachable', error: expect.any(Error) }]);
  });

  test.each([486, 500, 404, 603, 480])('is not tried after a %i', (status) => {
    const { told } = placeWatchedCall(bench.agent, { targets });
    bench.clock.advance(1);
    bench.answer('b', status);
    expect(told).toEqual(['sent', 'ended rejected']);
    expect(second.received).toEqual([]);
  });

  test('is not tried once somebody is at work for the call', () => {
    const { told, ends } = placeWatchedCall(bench.agent, { targets });
    bench.clock.advance(1);
    bench.answer('b', 180);
    bench.answer('b', 503);
    expect(told).toEqual(['sent', '180 Ringing', 'ended rejected']);
    expect(ends).toMatchObject([{ kind: 'rejected', status: 503 }]);
  });

  test('is tried after a 100, which only says that the INVITE arrived', () => {
    placeWatchedCall(bench.agent, { targets });
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('INVITE'), 100);
    bench.answer('b', 503);
    expect(second.summary()).toEqual(['INVITE']);
  });

  test('is not tried after cancel', () => {
    const { call, ends } = placeWatchedCall(bench.agent, { targets });
    bench.clock.advance(1);
    call.cancel();
    bench.answer('b', 503);
    expect(second.received).toEqual([]);
    expect(ends).toMatchObject([{ kind: 'canceled', status: 503 }]);
  });

  test('has the call, though the first begins to ring after all: that is canceled', () => {
    const { told } = placeWatchedCall(bench.agent, { targets });
    bench.clock.advance(4001);
    bench.answer('late', 180);
    expect(bench.peer.summary().at(-1)).toBe('CANCEL');
    bench.peer.reply(bench.peer.last('CANCEL'), 200);
    bench.peer.reply(bench.peer.last('INVITE'), 487, { toTag: 'late' });
    answerAtSecond();
    expect(told).toEqual(['sent', 'failed no-response', 'sent', 'answered 200']);
  });

  test('has the call, though the first answers after all: that is hung up on', () => {
    const { told, call, ends } = placeWatchedCall(bench.agent, { targets });
    bench.clock.advance(4001);
    answerAtSecond();
    bench.answer('late');
    expect(bench.peer.summary().slice(-2)).toEqual(['ACK', 'BYE']);
    expect(tagIn(bench.peer.last('BYE'), 'To')).toBe('late');
    bench.peer.reply(bench.peer.last('BYE'), 200);
    expect(told).toEqual(['sent', 'failed no-response', 'sent', 'answered 200']);
    call.bye();
    bench.clock.advance(1);
    second.reply(second.last('BYE'), 200);
    bench.clock.advance(1);
    expect(ends).toHaveLength(1);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('is canceled itself when the call is, not the one before it', () => {
    const { call, ends } = placeWatchedCall(bench.agent, { targets });
    bench.clock.advance(4001);
    second.reply(second.last('INVITE'), 180, { toTag: 'c' });
    bench.clock.advance(1);
    call.cancel();
    bench.clock.advance(1);
    expect(second.summary()).toEqual(['INVITE', 'CANCEL']);
    expect(bench.peer.requests('CANCEL')).toEqual([]);
    second.reply(second.last('INVITE'), 487, { toTag: 'c' });
    bench.clock.advance(1);
    expect(ends).toMatchObject([{ kind: 'canceled', status: 487 }]);
  });

  test('is challenged on its own account', () => {
    const credentials = { username: 'anna', password: 's3cret' };
    const { told } = placeWatchedCall(bench.agent, { targets, credentials });
    const challenge: [string, string] = ['WWW-Authenticate', 'Digest realm="trunk", nonce="n1"'];
    bench.clock.advance(1);
    bench.answer('b', 401, [challenge]);
    bench.answer('b', 503);
    second.reply(second.last('INVITE'), 401, { toTag: 'c', headers: [challenge] });
    bench.clock.advance(1);
    expect(second.requests('INVITE')).toHaveLength(2);
    answerAtSecond();
    expect(told).toEqual(['sent', 'failed rejected', 'sent', 'answered 200']);
  });
});

test('a call without a target is refused', () => {
  expect(() => placeWatchedCall(bench.agent, { targets: [] })).toThrow(RangeError);
});

test('what a listener makes of a failed target does not stop the next', () => {
  const onTargetFailed = (): void => {
    throw new Error('listener');
  };
  const { told } = placeWatchedCall(bench.agent, { targets, also: { onTargetFailed } });
  bench.clock.advance(1);
  bench.answer('b', 503);
  answerAtSecond();
  expect(told.at(-1)).toBe('answered 200');
  expect(bench.faults).toHaveLength(1);
});
