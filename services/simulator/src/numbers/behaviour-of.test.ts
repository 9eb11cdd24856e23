import { authorize, chooseChallenge, parseChallenges, SipHeaders } from '@trunkline/sip';
import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import type { Phone } from '../phone.js';
import { createNumberingPlan } from './behaviour-of.js';

const behaviourOf = createNumberingPlan({ username: 'trunk', password: 'secret' });

/** A phone that notes what its behaviour does with it, and when. */
async function callTo(number: string, forMs: number, authorization?: string): Promise<string[]> {
  const clock = createVirtualClock();
  const done: string[] = [];
  const note = (what: string) => {
    done.push(`${clock.nowMs()} ${what}`);
  };
  const headers = new SipHeaders();
  if (authorization !== undefined) headers.set('Authorization', authorization);
  const request = {
    kind: 'request' as const,
    method: 'INVITE',
    uri: `sip:${number}@host`,
    headers,
    body: Buffer.alloc(0),
  };
  const phone: Phone = {
    call: {
      request,
      ring: (how) => note(`ring ${how?.status ?? 180}${how?.body === undefined ? '' : ` ${how.body}`}`),
      reject: (status) => note(`reject ${status}`),
      ignore: () => note('ignore'),
      bye: () => note('bye'),
    },
    sdp: async () => 'sdp',
    answer: async () => note('answer'),
    challenge: (challenges) => {
      note('challenge');
      for (const [name, value] of challenges) done.push(`${name}: ${value}`);
    },
    callBack: (ms) => note(`call back in ${ms}`),
    later: (ms, act) => clock.after(ms, act),
  };
  await behaviourOf(number)(phone);
  clock.advance(forMs);
  return done;
}

test.each([
  ['+15551230001', ['0 ring 180', '1000 answer']],
  ['+15551230002', ['0 reject 486']],
  ['+15551230003', ['0 ring 180']],
  ['+15551230004', ['0 reject 603']],
  ['+15551230005', ['0 reject 404']],
  ['+15551230006', ['0 reject 503']],
  ['+15551230007', ['0 answer']],
  ['+15551230008', ['0 ring 183 sdp', '2000 answer']],
  ['+15551230009', ['0 ring 180', '0 answer', '2000 bye']],
  ['+15551230010', ['0 ignore']],
  ['+15551230012', ['0 answer', '1000 call back in 1000', '1000 bye']],
  ['+15551239999', ['0 ring 180', '1000 answer']],
  ['carol', ['0 ring 180', '1000 answer']],
])('%s: %j', async (number, expected) => {
  expect(await callTo(number, 120_000)).toEqual(expected);
});

test.each(['SHA-256', 'MD5'])(
  '…0011 asks for credentials, and answers to the right ones in %s',
  async (algorithm) => {
    const [asked, ...challenges] = await callTo('0011', 0);
    expect(asked).toBe('0 challenge');
    const offered = parseChallenges(challenges.map((line) => line.slice('WWW-Authenticate: '.length)));
    expect(chooseChallenge(offered)?.algorithm).toBe('SHA-256');
    const challenge = offered.find((one) => one.algorithm === algorithm);
    if (!challenge) throw new Error(`no ${algorithm} challenge`);
    const request = { method: 'INVITE', uri: 'sip:0011@host', nonceCount: 1 };
    const right = authorize(challenge, { username: 'trunk', password: 'secret' }, request);
    expect(await callTo('0011', 0, right)).toEqual(['0 answer']);
    const wrong = authorize(challenge, { username: 'trunk', password: 'guess' }, request);
    expect((await callTo('0011', 0, wrong))[0]).toBe('0 challenge');
  },
);
