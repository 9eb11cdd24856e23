import { beforeEach, describe, expect, test } from 'vitest';
import { cseqOf } from './message-fields.js';
import {
  type AgentBench,
  createAgentBench,
  NOTHING_LEFT,
  OFFER,
  placeWatchedCall,
} from './testing/agent-bench.js';

let bench: AgentBench;

beforeEach(() => {
  bench = createAgentBench();
});

/** The peer wants a longer session. */
function refuseAsTooBrief(minSe: string | null): void {
  bench.answer('b', 422, minSe === null ? [] : [['Min-SE', minSe]]);
}

const intervals = (): (string | undefined)[] =>
  bench.peer.requests('INVITE').map(({ headers }) => headers.get('Session-Expires'));

describe('the session interval of an INVITE', () => {
  test('is half an hour unless told', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    const { headers } = bench.peer.last('INVITE');
    expect([headers.get('Session-Expires'), headers.get('Min-SE')]).toEqual(['1800', '90']);
  });

  test('is left out when none is wanted, and what the far end says of one means nothing', () => {
    const { told } = placeWatchedCall(bench.agent, { sessionExpiresSeconds: null });
    bench.clock.advance(1);
    expect(bench.peer.last('INVITE').headers.has('Session-Expires')).toBe(false);
    expect(bench.peer.last('INVITE').headers.get('Supported')).toBe('100rel, 199');
    bench.answer('b', 200, [['Session-Expires', '90;refresher=uas']]);
    bench.clock.advance(600_000);
    expect(told).toEqual(['sent', 'answered 200']);
  });

  test('grows to the Min-SE of a 422, in the same call', () => {
    const { told } = placeWatchedCall(bench.agent, { sessionExpiresSeconds: 90 });
    bench.clock.advance(1);
    refuseAsTooBrief('600');
    const [first, second] = bench.peer.requests('INVITE');
    expect(second?.headers.get('Session-Expires')).toBe('600');
    expect(second?.headers.get('Min-SE')).toBe('600');
    expect(second?.headers.get('Call-ID')).toBe(first?.headers.get('Call-ID'));
    expect(second && cseqOf(second).number).toBe(2);
    bench.answer();
    expect(told).toEqual(['sent', 'answered 200']);
  });

  test('grows for each element on the way, but not for ever', () => {
    const { ends } = placeWatchedCall(bench.agent, { sessionExpiresSeconds: 90 });
    bench.clock.advance(1);
    for (let minSe = 100; minSe <= 1000; minSe += 100) {
      if (ends.length === 0) refuseAsTooBrief(String(minSe));
    }
    expect(intervals()).toEqual(['90', '100', '200', '300']);
    expect(ends).toMatchObject([{ kind: 'rejected', status: 422 }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test.each([
    ['no Min-SE', null],
    ['one that we gave', '1800'],
    ['one that is none', 'soon'],
    ['more than a day', '100000'],
  ])('does not grow for a 422 with %s', (_, minSe) => {
    const { ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    refuseAsTooBrief(minSe);
    expect(intervals()).toHaveLength(1);
    expect(ends).toMatchObject([{ kind: 'rejected', status: 422 }]);
  });

  test('does not grow after cancel', () => {
    const { call, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    call.cancel();
    refuseAsTooBrief('3600');
    expect(intervals()).toHaveLength(1);
    expect(ends).toMatchObject([{ kind: 'canceled', status: 422 }]);
  });

  test('may be followed by a challenge: the realm is asked again', () => {
    const challenge: [string, string] = ['WWW-Authenticate', 'Digest realm="trunk", nonce="n1"'];
    placeWatchedCall(bench.agent, { credentials: { username: 'anna', password: 's' } });
    bench.clock.advance(1);
    bench.answer('b', 401, [challenge]);
    refuseAsTooBrief('3600');
    bench.answer('b', 401, [['WWW-Authenticate', 'Digest realm="trunk", nonce="n2"']]);
    expect(bench.peer.requests('INVITE')).toHaveLength(4);
    expect(bench.peer.last('INVITE').headers.get('Authorization')).toContain('nonce="n2"');
    expect(bench.peer.last('INVITE').headers.get('Session-Expires')).toBe('3600');
  });
});

describe('once it is answered', () => {
  test('we renew the session at half of its time, when that is ours to do', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 200, [
      ['Session-Expires', '200;refresher=uac'],
      ['Allow', 'INVITE, ACK, BYE, UPDATE'],
    ]);
    bench.clock.advance(99_998);
    expect(bench.peer.requests('UPDATE')).toEqual([]);
    bench.clock.advance(2);
    expect(bench.peer.last('UPDATE').headers.get('Session-Expires')).toBe('200;refresher=uac');
  });

  test('the call ends when the far end should have renewed it and did not', () => {
    const { ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 200, [['Session-Expires', '120;refresher=uas']]);
    bench.clock.advance(87_000);
    expect(ends).toEqual([]);
    bench.clock.advance(1002);
    expect(bench.peer.requests('BYE')).toHaveLength(1);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'session-expired' }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('the call changes by a re-INVITE of ours', () => {
    const { call } = placeWatchedCall(bench.agent);
    const results: unknown[] = [];
    call.renegotiate('too early', (result) => results.push(result));
    bench.clock.advance(1);
    bench.answer();
    call.renegotiate('hold', (result) => results.push(result));
    bench.clock.advance(1);
    expect(bench.peer.last('INVITE').body.toString()).toBe('hold');
    bench.peer.reply(bench.peer.last('INVITE'), 200, { body: OFFER });
    bench.clock.advance(1);
    expect(results).toEqual([
      { ok: false, status: null },
      { ok: true, answer: OFFER },
    ]);
  });

  test('a request of ours that finds no dialog ends the call', () => {
    const { call, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer();
    call.renegotiate('hold', () => {});
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('INVITE'), 481);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'dialog-lost' }]);
  });

  test.each([
    ['refused', {}, 603],
    ['told where the call allows it', { allowRefer: true }, 202],
  ])('a transfer is %s', (_, options, status) => {
    const asked: string[] = [];
    placeWatchedCall(bench.agent, {
      ...options,
      also: {
        onRefer: (refer) => {
          asked.push(refer.referTo);
          refer.accept().notify(200, 'OK');
        },
      },
    });
    bench.clock.advance(1);
    bench.answer();
    bench.requestInDialog('REFER', 1, { headers: [['Refer-To', '<sip:+1777@192.0.2.2>']] });
    expect(bench.peer.statuses('REFER')).toEqual([status]);
    expect(asked).toEqual(status === 202 ? ['sip:+1777@192.0.2.2'] : []);
  });
});
