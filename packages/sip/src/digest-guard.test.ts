import { beforeEach, describe, expect, test } from 'vitest';
import { authorize } from './digest-authorize.js';
import { chooseChallenge, type DigestChallenge, parseChallenges } from './digest-challenge.js';
import {
  createDigestGuard,
  type DigestCandidates,
  type DigestGuard,
  type DigestVerdict,
} from './digest-guard.js';
import { NonceBook } from './digest-nonce.js';
import type { SipRequest } from './message.js';
import { SipHeaders } from './message-headers.js';
import { createVirtualClock, type VirtualClock } from './testing/virtual-clock.js';

const KEY = Buffer.from('a key that all of us have');
const BOB = { username: 'bob', password: 'secret' };
const URI = 'sip:+15551112222@example.com';

let clock: VirtualClock;
let guard: DigestGuard;

beforeEach(() => {
  clock = createVirtualClock();
  guard = createDigestGuard({ realm: 'trunk "line"', key: KEY, clock, nonceLifeMs: 60_000 });
});

function request(authorization: string | null, { uri = URI, name = 'Proxy-Authorization' } = {}): SipRequest {
  const headers = new SipHeaders();
  if (authorization !== null) headers.append(name, authorization);
  return { kind: 'request', method: 'INVITE', uri, headers, body: Buffer.alloc(0) };
}

const HERE = '203.0.113.5';

function check(authorization: string | null, uri = URI): DigestVerdict {
  return guard.check(request(authorization, { uri }), ask());
}

function ask(changes: Partial<DigestCandidates> = {}): DigestCandidates {
  return { kind: 'proxy', host: HERE, passwordsOf, ...changes };
}

function passwordsOf(username: string): (string | null)[] {
  return username === BOB.username ? [BOB.password] : [];
}

function challengesOf(verdict: DigestVerdict): DigestChallenge[] {
  if (verdict.kind !== 'challenge') throw new Error(`no challenge but ${verdict.kind}`);
  return parseChallenges(verdict.headers.map(([, value]) => value));
}

function answerTo(challenge: DigestChallenge | null | undefined, nonceCount = 1, more = {}): string {
  if (!challenge) throw new Error('no challenge');
  return authorize(challenge, { ...BOB, ...more }, { method: 'INVITE', uri: URI, nonceCount });
}

test('who comes without a word is asked, by SHA-256 and MD5, in the header of its kind', () => {
  const proxy = guard.check(request(null), ask());
  expect(proxy).toMatchObject({ kind: 'challenge', status: 407 });
  expect(challengesOf(proxy).map(({ algorithm, qop, stale }) => [algorithm, qop, stale])).toEqual([
    ['SHA-256', ['auth'], false],
    ['MD5', ['auth'], false],
  ]);
  const register = guard.check(request(null), ask({ kind: 'register' }));
  expect(register).toMatchObject({ status: 401 });
  expect(register.kind === 'challenge' && register.headers[0]?.[0]).toBe('WWW-Authenticate');
});

test('who gives up at an algorithm that it does not know is asked by MD5 alone', () => {
  const knowsOnlyMd5 = ({ headers }: SipRequest) => headers.get('User-Agent') === 'old';
  const careful = createDigestGuard({ realm: 'r', key: KEY, clock, knowsOnlyMd5 });
  const fromOld = request(null);
  fromOld.headers.append('User-Agent', 'old');
  const algorithmsFor = (one: SipRequest) =>
    challengesOf(careful.check(one, ask())).map(({ algorithm }) => algorithm);
  expect(algorithmsFor(fromOld)).toEqual(['MD5']);
  expect(algorithmsFor(request(null))).toEqual(['SHA-256', 'MD5']);
});

test.each(['SHA-256', 'MD5'])('the right password by %s is known', (algorithm) => {
  const challenge = challengesOf(check(null)).find((one) => one.algorithm === algorithm);
  expect(check(answerTo(challenge))).toEqual({ kind: 'known', username: 'bob', place: 0 });
});

test('the answer for another realm beside it does not matter', () => {
  const challenge = chooseChallenge(challengesOf(check(null)));
  const both = request('Digest realm="other", nonce="x", username="y"');
  both.headers.append('Proxy-Authorization', answerTo(challenge));
  expect(guard.check(both, ask()).kind).toBe('known');
  expect(check('Basic Ym9iOnNlY3JldA==').kind).toBe('challenge');
});

describe('refused is', () => {
  test.each([
    ['a wrong password', { password: 'guess' }],
    ['a user that is not there', { username: 'eve' }],
  ])('%s', (_, credentials) => {
    const challenge = chooseChallenge(challengesOf(check(null)));
    expect(check(answerTo(challenge, 1, credentials))).toEqual({ kind: 'refused' });
  });

  test('an algorithm that was not offered, and a qop that is missing', () => {
    const challenge = challengesOf(check(null))[0] as DigestChallenge;
    expect(check(answerTo({ ...challenge, algorithm: 'MD5-sess' })).kind).toBe('refused');
    expect(check(answerTo({ ...challenge, qop: [] })).kind).toBe('refused');
  });

  test('an answer that was given for another number, but not for another way to write the host', () => {
    const challenge = chooseChallenge(challengesOf(check(null)));
    expect(check(answerTo(challenge), 'sip:+19005551234@example.com').kind).toBe('refused');
    expect(check(answerTo(challenge), 'sip:+15551112222@example.com:5060;transport=tcp').kind).toBe('known');
  });
});

describe('a nonce', () => {
  test('that is too old is stale, and the new one that comes with it good', () => {
    const old = answerTo(chooseChallenge(challengesOf(check(null))));
    clock.advance(60_001);
    const challenge = chooseChallenge(challengesOf(check(old)));
    expect(challenge?.stale).toBe(true);
    expect(check(answerTo(challenge)).kind).toBe('known');
  });

  test('that is not ours, of another process or changed, is stale and nothing said about the password', () => {
    const other = createDigestGuard({ realm: 'trunk "line"', key: KEY, clock });
    const foreign = chooseChallenge(challengesOf(other.check(request(null), ask())));
    for (const password of ['secret', 'guess'])
      expect(challengesOf(check(answerTo(foreign, 1, { password })))[0]?.stale).toBe(true);
    const ours = challengesOf(check(null))[0] as DigestChallenge;
    const later = { ...ours, nonce: `f${ours.nonce.slice(1)}` };
    expect(challengesOf(check(answerTo(later)))[0]?.stale).toBe(true);
  });

  test.each([
    [HERE, '203.0.113.6'],
    ['2001:db8:0:1::5', '2001:db8:0:2::5'],
  ])('that was given to %s is stale at %s, and nothing said about the password', (host, elsewhere) => {
    const challenge = chooseChallenge(challengesOf(guard.check(request(null), ask({ host }))));
    for (const password of ['secret', 'guess']) {
      const stolen = request(answerTo(challenge, 1, { password }));
      expect(challengesOf(guard.check(stolen, ask({ host: elsewhere })))[0]?.stale).toBe(true);
    }
    expect(guard.check(request(answerTo(challenge)), ask({ host })).kind).toBe('known');
  });

  test('is good in all of a /64, of which a device has many addresses', () => {
    const [host, next] = ['2001:db8:0:1::5', '2001:db8:0:1:a:b:c:d'];
    const challenge = chooseChallenge(challengesOf(guard.check(request(null), ask({ host }))));
    expect(guard.check(request(answerTo(challenge)), ask({ host: next })).kind).toBe('known');
  });

  test('is never the same twice', () => {
    expect(challengesOf(check(null))[0]?.nonce).not.toBe(challengesOf(check(null))[0]?.nonce);
  });

  test('counts: each count is good once, in any order that a network makes', () => {
    const challenge = chooseChallenge(challengesOf(check(null)));
    const kinds = [1, 1, 3, 2, 2, 3, 60, 28, 29, 29, 4].map((nc) => check(answerTo(challenge, nc)).kind);
    expect(kinds).toEqual([
      ...['known', 'challenge', 'known', 'known', 'challenge', 'challenge', 'known'],
      ...['challenge', 'known', 'challenge', 'challenge'],
    ]);
  });

  test('whose use was forgotten for lack of room is not taken again, nor any that is as old', () => {
    const nonces = new NonceBook({ key: KEY, clock, lifeMs: 60_000, maxUsed: 2 });
    const [first, second, third, unused] = [1, 2, 3, 4].map(() => nonces.create(HERE)) as [
      string,
      string,
      string,
      string,
    ];
    for (const nonce of [first, second, third]) expect(nonces.use(nonce, 1)).toBe(true);
    expect([first, second, third, unused].map((nonce) => nonces.isFresh(nonce, HERE))).toEqual([
      ...[false, true, true, false],
    ]);
    clock.advance(1);
    expect(nonces.isFresh(nonces.create(HERE), HERE)).toBe(true);
  });

  test('that has run out makes room first', () => {
    const nonces = new NonceBook({ key: KEY, clock, lifeMs: 60_000, maxUsed: 2 });
    for (let number = 0; number < 2; number++) nonces.use(nonces.create(HERE), 1);
    clock.advance(60_001);
    const fresh = nonces.create(HERE);
    nonces.use(nonces.create(HERE), 1);
    expect(nonces.isFresh(fresh, HERE)).toBe(true);
  });
});

describe('of several users of one name', () => {
  const passwordsOf = () => ['one', null, 'two', 'same', 'same'];

  function answerWith(password: string, nonceCount = 1) {
    const challenge = chooseChallenge(challengesOf(check(null)));
    const authorization = answerTo(challenge, nonceCount, { password });
    return () => guard.check(request(authorization), ask({ passwordsOf }));
  }

  test.each([
    ['one', 0],
    ['two', 2],
  ])('the password %s tells which it is, and counts once', (password, place) => {
    const answer = answerWith(password);
    expect(answer()).toEqual({ kind: 'known', username: 'bob', place });
    expect(answer().kind).toBe('challenge');
  });

  test('a password of two of them tells nothing, and one of nobody is refused', () => {
    expect(answerWith('same')()).toEqual({ kind: 'ambiguous' });
    expect(answerWith('guess')()).toEqual({ kind: 'refused' });
  });
});
