import { describe, expect, test } from 'vitest';
import {
  answerTimer,
  isTooBrief,
  minSecondsOf,
  timerHeaders,
  timerOfResponse,
} from './agent-session-timer.js';
import { stepTimer, TIMER_OFF, type TimerInput, type TimerState } from './agent-session-timer-table.js';
import type { SipRequest, SipResponse } from './message.js';
import { SipHeaders } from './message-headers.js';

type Pairs = readonly (readonly [string, string])[];

function request(headers: Pairs): SipRequest {
  return {
    kind: 'request',
    method: 'INVITE',
    uri: 'sip:a',
    headers: headersOf(headers),
    body: Buffer.alloc(0),
  };
}

function response(headers: Pairs): SipResponse {
  return { kind: 'response', status: 200, reason: '', headers: headersOf(headers), body: Buffer.alloc(0) };
}

function headersOf(pairs: Pairs): SipHeaders {
  const headers = new SipHeaders();
  for (const [name, value] of pairs) headers.append(name, value);
  return headers;
}

const KNOWS = ['Supported', 'timer'] as const;

describe('our answer to a request (RFC 4028 §9, table 2)', () => {
  test.each([
    [
      'a caller that does not know it, for a proxy that asked',
      [['Session-Expires', '600']],
      null,
      '600;refresher=uas',
      'local',
      false,
    ],
    ['one that names nobody', [KNOWS, ['Session-Expires', '600']], null, '600;refresher=uac', 'remote', true],
    [
      'one that refreshes',
      [KNOWS, ['Session-Expires', '600;refresher=uac']],
      null,
      '600;refresher=uac',
      'remote',
      true,
    ],
    [
      'one that has us refresh',
      [KNOWS, ['Session-Expires', '600;refresher=uas']],
      null,
      '600;refresher=uas',
      'local',
      true,
    ],
    [
      'one that forgets to say that it knows it',
      [['Session-Expires', '600;refresher=uac']],
      null,
      '600;refresher=uac',
      'remote',
      true,
    ],
    [
      'the compact form',
      [
        ['k', 'timer'],
        ['x', '600'],
      ],
      null,
      '600;refresher=uac',
      'remote',
      true,
    ],
    ['nobody asked, and we want it', [KNOWS], 1800, '1800;refresher=uac', 'remote', true],
    ['nobody asked or knows, and we want it', [], 1800, '1800;refresher=uas', 'local', false],
    ['we want less', [KNOWS, ['Session-Expires', '3600']], 1800, '1800;refresher=uac', 'remote', true],
    ['we never want more', [KNOWS, ['Session-Expires', '600']], 1800, '600;refresher=uac', 'remote', true],
    [
      'their minimum holds',
      [KNOWS, ['Session-Expires', '3600'], ['Min-SE', '2000']],
      1800,
      '2000;refresher=uac',
      'remote',
      true,
    ],
    ['our minimum holds', [['Session-Expires', '30']], null, '90;refresher=uas', 'local', false],
    [
      'what cannot be read was not said',
      [KNOWS, ['Session-Expires', 'soon'], ['Min-SE', '?']],
      100,
      '100;refresher=uac',
      'remote',
      true,
    ],
  ] as const)('%s', (_, headers, seconds, value, refresher, isRequired) => {
    const answer = answerTimer(request(headers), seconds === null ? null : { seconds, refresher: 'remote' });
    expect(answer.timer?.refresher).toBe(refresher);
    expect(answer.headers).toEqual([
      ['Session-Expires', value],
      ...(isRequired ? [['Require', 'timer']] : []),
    ]);
  });

  test('none when nobody wants it', () => {
    expect(answerTimer(request([KNOWS]), null)).toEqual({ timer: null, headers: [] });
  });

  test('who refreshes already goes on to', () => {
    expect(answerTimer(request([KNOWS]), { seconds: 600, refresher: 'local' }).timer).toEqual({
      seconds: 600,
      refresher: 'local',
    });
  });
});

test.each([
  [[KNOWS, ['Session-Expires', '89']], true],
  [[KNOWS, ['Session-Expires', '90']], false],
  // Who does not know the timer would not understand the refusal.
  [[['Session-Expires', '30']], false],
  [[KNOWS], false],
] as const)('an interval is too brief for whoever knows better: %j', (headers, isBrief) => {
  expect(isTooBrief(request(headers))).toBe(isBrief);
});

test.each([
  ['600;refresher=uac', { seconds: 600, refresher: 'local' }],
  ['600;refresher=uas', { seconds: 600, refresher: 'remote' }],
  ['600', { seconds: 600, refresher: 'local' }],
  ['10;refresher=uac', { seconds: 90, refresher: 'local' }],
  ['0', null],
  ['never', null],
] as const)('a 2xx says %s', (value, timer) => {
  expect(timerOfResponse(response([['Session-Expires', value]]))).toEqual(timer);
});

test('a 2xx that says nothing turns the timer off', () => {
  expect(timerOfResponse(response([]))).toBeNull();
});

test.each([
  ['120', 120],
  ['120;x=y', 120],
  ['86401', null],
  ['-1', null],
] as const)('a 422 wants %s', (value, seconds) => {
  expect(minSecondsOf(response([['Min-SE', value]]))).toBe(seconds);
});

test('a request names the refresher from its own side, and never less than the minimum', () => {
  expect(timerHeaders({ seconds: 600, minSeconds: 0, refresher: 'local' })).toEqual([
    ['Session-Expires', '600;refresher=uac'],
    ['Min-SE', '90'],
  ]);
  expect(timerHeaders({ seconds: 600, minSeconds: 900, refresher: 'remote' })).toEqual([
    ['Session-Expires', '900;refresher=uas'],
    ['Min-SE', '900'],
  ]);
});

describe('the machine', () => {
  const ours = { seconds: 600, refresher: 'local' } as const;
  const theirs = { seconds: 90, refresher: 'remote' } as const;
  const running: TimerState = { name: 'running', timer: ours };
  const refreshing: TimerState = { name: 'refreshing', timer: ours };
  const endless = { seconds: 4_294_967_295, refresher: 'local' } as const;
  const expired: TimerState = { name: 'expired', timer: ours };

  test.each<[string, TimerState, TimerInput, string, string[]]>([
    [
      'ours: half, and the end less 32 s',
      TIMER_OFF,
      { kind: 'agreed', timer: ours },
      'running',
      ['clear', 'set-refresh 300000', 'set-expiry 568000'],
    ],
    [
      'longer than a process can wait',
      TIMER_OFF,
      { kind: 'agreed', timer: endless },
      'running',
      ['clear', 'set-refresh 2000000000', 'set-expiry 2000000000'],
    ],
    [
      'theirs: the end less a third',
      TIMER_OFF,
      { kind: 'agreed', timer: theirs },
      'running',
      ['clear', 'set-expiry 60000'],
    ],
    ['turned off', running, { kind: 'agreed', timer: null }, 'off', ['clear']],
    ['half is over', running, { kind: 'refresh-due' }, 'refreshing', ['refresh']],
    ['half is over twice', refreshing, { kind: 'refresh-due' }, 'refreshing', []],
    [
      'renewed',
      refreshing,
      { kind: 'agreed', timer: ours },
      'running',
      ['clear', 'set-refresh 300000', 'set-expiry 568000'],
    ],
    ['refused', refreshing, { kind: 'refresh-failed' }, 'running', ['set-refresh 10000']],
    ['run out', running, { kind: 'expiry-due' }, 'expired', ['clear', 'expire']],
    ['run out while it is being renewed', refreshing, { kind: 'expiry-due' }, 'expired', ['clear', 'expire']],
    ['the dialog ended', refreshing, { kind: 'stop' }, 'off', ['clear']],
    ['late after the end', expired, { kind: 'agreed', timer: ours }, 'expired', []],
    ['a failure after the end', TIMER_OFF, { kind: 'refresh-failed' }, 'off', []],
  ])('%s', (_, state, input, name, effects) => {
    const step = stepTimer(state, input);
    expect(step.state.name).toBe(name);
    expect(step.effects.map((effect) => ('ms' in effect ? `${effect.do} ${effect.ms}` : effect.do))).toEqual(
      effects,
    );
  });
});
