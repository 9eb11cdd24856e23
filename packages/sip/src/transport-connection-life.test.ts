import { expect, test } from 'vitest';
import { type ConnectionLife, judgeConnection } from './transport-connection-life.js';
import { DEFAULT_TRANSPORT_LIMITS } from './transport-limits.js';

const FRESH: ConnectionLife = {
  origin: 'opened',
  isReady: true,
  sinceMs: 0,
  hasSpoken: false,
  isRetired: false,
  heardMs: 0,
  usedMs: 0,
  partialSinceMs: null,
  stalledSinceMs: null,
  pingedMs: 0,
  hasPonged: false,
};
const { idleMs, connectMs, firstMessageMs, messageMs, stallMs, keepAliveMs } = DEFAULT_TRANSPORT_LIMITS;

test.each<[string, Partial<ConnectionLife>, number, string]>([
  ['one that does not open', { isReady: false }, connectMs, 'connect-timeout'],
  ['one that is late, but not too late', { isReady: false }, connectMs - 1, 'keep'],
  ['a message that drips in', { partialSinceMs: 100, heardMs: 9000 }, 100 + messageMs, 'slow'],
  ['a message on its way', { partialSinceMs: 100 }, 99 + messageMs, 'keep'],
  ['a far end that does not read', { stalledSinceMs: 5 }, 5 + stallMs, 'stalled'],
  ['a stranger that says nothing', { origin: 'accepted' }, firstMessageMs, 'slow'],
  ['a stranger that only keeps alive', { origin: 'accepted', heardMs: 29_000 }, firstMessageMs, 'slow'],
  ['a phone that has registered', { origin: 'accepted', hasSpoken: true }, idleMs - 1, 'keep'],
  ['a phone that has gone', { origin: 'accepted', hasSpoken: true }, idleMs, 'idle'],
  ['a phone that keeps alive', { origin: 'accepted', hasSpoken: true, heardMs: 9 }, idleMs, 'keep'],
  ['ours, unused for a while', {}, keepAliveMs, 'ping'],
  ['ours, in use', { usedMs: 50_000 }, keepAliveMs, 'keep'],
  ['ours, kept alive a while ago', { pingedMs: keepAliveMs }, 2 * keepAliveMs - 1, 'keep'],
  ['ours, unused for long, though it answers keep-alives', { heardMs: idleMs - 1 }, idleMs, 'idle'],
  [
    'no answer from one that has answered before',
    { hasPonged: true, heardMs: 1, pingedMs: 2 },
    10_002,
    'dead',
  ],
  ['no answer yet', { hasPonged: true, heardMs: 1, pingedMs: 2 }, 10_001, 'keep'],
  ['no answer from one that never answers', { heardMs: 1, pingedMs: 2 }, 10_002, 'keep'],
  ['an answer in time', { hasPonged: true, pingedMs: 2, heardMs: 3 }, 20_000, 'keep'],
  ['one that is used no more, as long as answers may come', { isRetired: true, pingedMs: 9 }, 63_999, 'keep'],
  ['one that is used no more', { isRetired: true }, 64_000, 'idle'],
])('%s', (_, life, nowMs, expected) => {
  expect(judgeConnection({ ...FRESH, ...life }, DEFAULT_TRANSPORT_LIMITS, nowMs)).toBe(expected);
});
