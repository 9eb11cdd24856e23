import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { SipParseError } from './errors.js';
import type { SipMessage } from './message.js';
import { cseqOf, fromOf, listOf, q850CauseOf, toOf, topVia } from './message-fields.js';
import { createResponse } from './message-response.js';
import { contactsOf } from './parse-contact.js';
import { createFramer, type Framer } from './parse-frame.js';
import { callerOf, extensionHeadersOf, forwardedFromOf } from './parse-identity.js';
import { parseMessage } from './parse-message.js';
import { serializeMessage } from './serialize-message.js';
import { DELIMITERS } from './testing/delimiters.js';
import { TORTURE_MESSAGES } from './testing/torture-messages.js';

const ROUNDS = 10;
const MESSAGES_A_ROUND = 10_000;
/** What all rounds after the first may leave behind: 90,000 messages that stayed would be 100 MB or more. */
const MAX_GROWTH_BYTES = 8_000_000;
const collectGarbage = findCollector();

/** Where parsers differ, break or loop. */
const WOUNDS = [
  ...DELIMITERS,
  ...[
    '-1',
    '0',
    '4294967296',
    '99999999999999999999',
    '1e9',
    '[::1]',
    '%00',
    '%zz',
    'SIP/2.0',
    'sip:',
    'tel:',
  ],
  ...[
    '\r\nVia: ',
    '\r\nv:x',
    '\r\nl: 0',
    '\r\nContent-Length: 9',
    '\r\nContact: *',
    '\r\nCSeq: 1 X',
    '\r\nPrivacy: id',
  ],
  ...[
    '\r\nDiversion: <',
    '\r\nHistory-Info: <sip:a@b>;index=1;mp=1',
    '\r\nP-Asserted-Identity: ,',
    '\r\nX-Y: \x7f',
  ],
  ...['\r\nReason: Q.850;cause=', ';tag=a;tag=a', 'é', '\u{1f4a9}', '\ufeff', '\u2028'],
].map((text) => Buffer.from(text));

const sources = Object.values(TORTURE_MESSAGES);

it(`${ROUNDS * MESSAGES_A_ROUND} broken messages throw nothing but SipParseError, and leave nothing behind`, () => {
  const next = randomFrom(20_240_607);
  const tally = { taken: 0, refused: 0, dropped: 0, framed: 0, streamsLost: 0 };
  const held: number[] = [];
  let framer = createFramer({ maxBytes: 65_536 });
  for (let round = 0; round < ROUNDS; round++) {
    for (let count = 0; count < MESSAGES_A_ROUND; count++) {
      const data = wound(sources[next(sources.length)] ?? Buffer.of(), next);
      read(data, tally);
      framer = stream(framer, data, next, tally);
    }
    held.push(usedBytes());
  }
  for (const [kind, count] of Object.entries(tally)) expect(count, kind).toBeGreaterThan(1000);
  // The first round also fills caches and compiles.
  expect((held.at(-1) ?? 0) - (held[0] ?? 0)).toBeLessThan(MAX_GROWTH_BYTES);
}, 60_000);

type Tally = { taken: number; refused: number; dropped: number; framed: number; streamsLost: number };

function read(data: Buffer, tally: Tally): void {
  let message: SipMessage;
  try {
    message = parseMessage(data);
  } catch (error) {
    expectParseError(error);
    answer(error, tally);
    return;
  }
  tally.taken += 1;
  use(message);
}

function answer({ request, status, reason }: SipParseError, tally: Tally): void {
  if ((request === null) !== (status === null)) throw new Error('an answer needs a request and a status');
  if (request === null || status === null) {
    tally.dropped += 1;
    return;
  }
  tally.refused += 1;
  serializeMessage(createResponse(request, status, { reason, toTag: 'x' }));
}

/** What the layers above read of every message; what they answer must be writable, whatever came. */
function use(message: SipMessage): void {
  const [via, cseq] = [topVia(message), cseqOf(message)];
  if (via.host === '' || cseq.number > 4_294_967_295) throw new Error('read nonsense');
  if (fromOf(message).uri === '' || toOf(message).uri === '') throw new Error('read no address');
  listOf(message, 'Require');
  q850CauseOf(message);
  contactsOf(message);
  if (message.kind === 'response') return;
  const { user, displayName } = callerOf(message, { trusted: true });
  const told = [
    user,
    displayName ?? '',
    forwardedFromOf(message) ?? '',
    ...extensionHeadersOf(message).flat(),
  ];
  if (told.some((text) => /\p{Cc}/u.test(text))) throw new Error('told a control character on');
  serializeMessage(createResponse(message, 200, { toTag: 'x' }));
}

/** In pieces, with what the last one left; a stream that is lost makes room for another one. */
function stream(framer: Framer, data: Buffer, next: (bound: number) => number, tally: Tally): Framer {
  try {
    for (let at = 0; at < data.length; ) {
      const end = Math.min(data.length, at + 1 + next(2000));
      for (const item of framer.push(data.subarray(at, end))) if (item.kind === 'message') tally.framed += 1;
      at = end;
    }
    return framer;
  } catch (error) {
    expectParseError(error);
    if (framer.pendingBytes > 0) throw new Error('a lost stream holds bytes');
    tally.streamsLost += 1;
    return createFramer({ maxBytes: 65_536 });
  }
}

/** `expect` would cost more than the parse. */
function expectParseError(error: unknown): asserts error is SipParseError {
  if (!(error instanceof SipParseError)) throw error;
}

function wound(source: Buffer, next: (bound: number) => number): Buffer {
  let data = source;
  for (let wounds = next(4); wounds >= 0; wounds--) data = woundOnce(data, next);
  return data;
}

function woundOnce(data: Buffer, next: (bound: number) => number): Buffer {
  const at = next(data.length + 1);
  const kind = next(8);
  if (kind === 0) return data.subarray(0, at);
  if (kind === 1) return Buffer.concat([data.subarray(0, at), data.subarray(next(data.length + 1))]);
  if (kind === 2) return Buffer.concat([data.subarray(0, at), Buffer.of(next(256)), data.subarray(at + 1)]);
  const inserted = WOUNDS[next(WOUNDS.length)] ?? Buffer.of();
  return Buffer.concat([data.subarray(0, at), inserted, data.subarray(at + next(6))]);
}

/** Seeded: a failure comes again. */
function randomFrom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}

/** After a collection, which has to be asked for: only then does it say what is really held. */
function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function findCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
