import { beforeEach, describe, expect, test } from 'vitest';
import type { AnswerOptions } from './agent-call.js';
import type { IncomingCall } from './agent-incoming-call.js';
import { NOTHING_LEFT, OFFER } from './testing/agent-bench.js';
import { createIncomingBench, type IncomingBench, type RequestParts } from './testing/incoming-bench.js';

let bench: IncomingBench;

beforeEach(() => {
  bench = createIncomingBench();
});

const KNOWS = 'Supported: timer';
const TAKES_UPDATE = 'Allow: INVITE, ACK, BYE, CANCEL, UPDATE';

function talk(headers: string[], options: AnswerOptions = {}): IncomingCall {
  const call = bench.invite({ headers });
  call.answer('answer', options);
  bench.clock.advance(0);
  inDialog('ACK', 1);
  return call;
}

function inDialog(method: string, cseq: number, parts: RequestParts = {}): void {
  bench.send(method, { branch: `z9hG4bK-${method}-${cseq}`, toTag: bench.localTag(), cseq, ...parts });
}

function reply(
  method: string,
  status: number,
  options: { body?: string; headers?: [string, string][] } = {},
): void {
  bench.peer.reply(bench.peer.last(method), status, options);
  bench.clock.advance(0);
}

/** Our answer to the INVITE. */
function ok() {
  return bench.peer.responses('INVITE').find(({ status }) => status === 200)?.headers;
}

describe('what the answer says', () => {
  test.each([
    ['the caller asks and refreshes', [KNOWS, 'Session-Expires: 600'], {}, '600;refresher=uac', 'timer'],
    [
      'the caller asks us to refresh',
      [KNOWS, 'Session-Expires: 600;refresher=uas'],
      {},
      '600;refresher=uas',
      'timer',
    ],
    [
      'a proxy asks for a caller that does not know it',
      ['Session-Expires: 600'],
      {},
      '600;refresher=uas',
      undefined,
    ],
    ['we ask', [KNOWS], { sessionExpiresSeconds: 1800 }, '1800;refresher=uac', 'timer'],
    ['nobody asks', [KNOWS], {}, undefined, undefined],
    ['we turn it off, and nobody asks', [KNOWS], { sessionExpiresSeconds: null }, undefined, undefined],
    ['the caller insists', ['Require: timer', 'Session-Expires: 90'], {}, '90;refresher=uac', 'timer'],
  ] as const)('%s', (_, headers, options, value, required) => {
    talk([...headers], options);
    expect([ok()?.get('Session-Expires'), ok()?.get('Require')]).toEqual([value, required]);
  });

  test('an interval that is too brief is refused, with the shortest that we take', () => {
    bench.send('INVITE', { headers: [KNOWS, 'Session-Expires: 60'], body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([422]);
    expect(bench.peer.responses('INVITE')[0]?.headers.get('Min-SE')).toBe('90');
    expect(bench.calls).toEqual([]);
  });

  test('and so it is in the dialog, where the call goes on', () => {
    talk([KNOWS]);
    inDialog('UPDATE', 2, { headers: [KNOWS, 'Session-Expires: 60'] });
    inDialog('INVITE', 3, { headers: [KNOWS, 'Session-Expires: 60'], body: OFFER });
    expect(bench.peer.statuses('UPDATE')).toEqual([422]);
    expect(bench.peer.statuses('INVITE')).toEqual([200, 422]);
    expect(bench.ends).toEqual([]);
  });
});

describe('when we refresh', () => {
  const OURS = [KNOWS, 'Session-Expires: 600;refresher=uas'];

  test('it is by UPDATE without an offer, at half the interval, again and again', () => {
    talk([...OURS, TAKES_UPDATE]);
    for (let times = 1; times <= 3; times++) {
      bench.clock.advance(299_999);
      expect(bench.peer.requests('UPDATE')).toHaveLength(times - 1);
      bench.clock.advance(1);
      const update = bench.peer.last('UPDATE');
      expect(update.headers.get('Session-Expires')).toBe('600;refresher=uac');
      expect(update.headers.get('Contact')).toBe('<sip:203.0.113.1:5060>');
      expect(update.body).toHaveLength(0);
      reply('UPDATE', 200, { headers: [['Session-Expires', '600;refresher=uac']] });
    }
    expect(bench.ends).toEqual([]);
  });

  test('it is by re-INVITE with the same description where UPDATE is not allowed', () => {
    const answers: string[] = [];
    const call = talk(OURS);
    call.handlers.onReinviteAnswer = (sdp) => answers.push(sdp);
    for (const body of [OFFER, 'moved', 'moved']) {
      bench.clock.advance(300_000);
      expect(bench.peer.last('INVITE').body.toString()).toBe('answer');
      reply('INVITE', 200, { body, headers: [['Session-Expires', '600;refresher=uac']] });
    }
    expect(bench.peer.requests('ACK')).toHaveLength(3);
    // Only what changed is told.
    expect(answers).toEqual(['moved']);
  });

  test.each([[405], [501]])('it is by re-INVITE once an UPDATE was answered %i after all', (status) => {
    talk([...OURS, TAKES_UPDATE]);
    bench.clock.advance(300_000);
    reply('UPDATE', status);
    reply('INVITE', 200, { body: OFFER, headers: [['Session-Expires', '600;refresher=uac']] });
    bench.clock.advance(300_000);
    expect([bench.peer.requests('UPDATE').length, bench.peer.requests('INVITE').length]).toEqual([1, 2]);
    expect(bench.ends).toEqual([]);
  });

  test('422 is tried again with what it wants', () => {
    talk([...OURS, TAKES_UPDATE]);
    bench.clock.advance(300_000);
    reply('UPDATE', 422, { headers: [['Min-SE', '700']] });
    const { headers } = bench.peer.last('UPDATE');
    expect([headers.get('Session-Expires'), headers.get('Min-SE')]).toEqual(['700;refresher=uac', '700']);
    reply('UPDATE', 422, { headers: [['Min-SE', '700']] });
    expect(bench.peer.requests('UPDATE')).toHaveLength(2);
  });

  test('one that is refused is tried again until there is no more time', () => {
    talk([...OURS, TAKES_UPDATE]);
    bench.clock.advance(300_000);
    for (let times = 0; times < 27; times++) {
      reply('UPDATE', 503);
      bench.clock.advance(10_000);
    }
    expect(bench.peer.requests('BYE').length).toBeGreaterThan(0);
    expect(bench.peer.times('BYE')[0]).toBe(568_000);
    expect(bench.peer.last('BYE').headers.get('Reason')).toBe('Q.850;cause=102');
    expect(bench.ends).toEqual([{ kind: 'session-expired', q850: null }]);
  });

  test.each([
    [481, 0],
    [408, 1],
  ] as const)('%i ends the call', (status, byes) => {
    talk([...OURS, TAKES_UPDATE]);
    bench.clock.advance(300_000);
    reply('UPDATE', status);
    expect(bench.ends).toEqual([{ kind: 'lost', q850: null }]);
    expect(bench.peer.requests('BYE')).toHaveLength(byes);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('an answer without the timer turns it off', () => {
    talk([...OURS, TAKES_UPDATE]);
    bench.clock.advance(300_000);
    reply('UPDATE', 200);
    bench.clock.advance(3_600_000);
    expect(bench.peer.requests('UPDATE')).toHaveLength(1);
    expect(bench.ends).toEqual([]);
  });

  test('the far end may take over', () => {
    talk([...OURS, TAKES_UPDATE]);
    bench.clock.advance(300_000);
    reply('UPDATE', 200, { headers: [['Session-Expires', '900;refresher=uas']] });
    bench.clock.advance(867_999);
    expect(bench.peer.requests('UPDATE')).toHaveLength(1);
    expect(bench.ends).toEqual([]);
    bench.clock.advance(1);
    expect(bench.ends).toEqual([{ kind: 'session-expired', q850: null }]);
  });

  test('an offer of ours renews it too', () => {
    const call = talk([...OURS, TAKES_UPDATE]);
    bench.clock.advance(200_000);
    call.renegotiate('hold', () => {});
    bench.clock.advance(0);
    expect(bench.peer.last('INVITE').headers.get('Session-Expires')).toBe('600;refresher=uac');
    reply('INVITE', 200, { body: 'held', headers: [['Session-Expires', '600;refresher=uac']] });
    bench.clock.advance(299_999);
    expect(bench.peer.requests('UPDATE')).toEqual([]);
    bench.clock.advance(1);
    expect(bench.peer.requests('UPDATE')).toHaveLength(1);
  });
});

describe('when the caller refreshes', () => {
  const THEIRS = [KNOWS, 'Session-Expires: 600;refresher=uac'];

  test('each refresh gives it as long again', () => {
    const call = talk(THEIRS);
    call.handlers.onReinvite = () => 'answer';
    bench.clock.advance(500_000);
    inDialog('UPDATE', 2, { headers: THEIRS });
    expect(bench.peer.responses('UPDATE')[0]?.headers.get('Session-Expires')).toBe('600;refresher=uac');
    bench.clock.advance(500_000);
    inDialog('INVITE', 3, { headers: THEIRS, body: OFFER });
    inDialog('ACK', 3);
    bench.clock.advance(567_999);
    expect(bench.ends).toEqual([]);
    bench.clock.advance(1);
    expect(bench.ends).toEqual([{ kind: 'session-expired', q850: null }]);
  });

  test('a short session ends a third before its time', () => {
    talk([KNOWS, 'Session-Expires: 90']);
    bench.clock.advance(60_000);
    expect(bench.peer.times('BYE')[0]).toBe(60_000);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('one that says nothing about it is told what holds', () => {
    talk(THEIRS);
    inDialog('UPDATE', 2, { headers: [KNOWS] });
    expect(bench.peer.responses('UPDATE')[0]?.headers.get('Session-Expires')).toBe('600;refresher=uac');
  });

  test('the end of the call is the end of the timer', () => {
    talk(THEIRS);
    inDialog('BYE', 2);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });
});
