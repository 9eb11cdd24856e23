import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SipParseError } from './errors.js';
import type { SipRequest } from './message.js';
import { cseqOf } from './message-fields.js';
import { parseMessage } from './parse-message.js';
import { parseNameAddr, tagOf } from './parse-name-addr.js';
import { parseUri } from './parse-uri.js';
import { parseVia } from './parse-via.js';
import { serializeMessage } from './serialize-message.js';

/** Status of the refusal, 'drop', or 'accept'. */
type Outcome = number | 'accept' | 'drop';

/**
 * What LIST.md beside the messages says of each; a `note` where the last word is the user agent's, which needs more than the
 * message to say it.
 */
const EXPECTED: Record<string, { outcome: Outcome; note?: string }> = {
  wsinv: { outcome: 'accept', note: 'To tag: 481 by the agent, which knows the dialogs' },
  intmeth: { outcome: 'accept', note: '405 or 501 by the agent, which knows its methods' },
  esc01: { outcome: 'accept' },
  escnull: { outcome: 'accept' },
  esc02: { outcome: 'accept', note: 'unknown method: 405 or 501 by the agent' },
  lwsdisp: { outcome: 'accept' },
  longreq: { outcome: 'accept' },
  dblreq: { outcome: 'accept' },
  semiuri: { outcome: 'accept' },
  transports: { outcome: 'accept' },
  mpart01: { outcome: 'accept' },
  unreason: { outcome: 'accept' },
  noreason: { outcome: 'accept' },
  badinv01: { outcome: 400 },
  clerr: { outcome: 400 },
  ncl: { outcome: 400 },
  scalar02: { outcome: 400 },
  scalarlg: { outcome: 'drop' },
  quotbal: { outcome: 400 },
  ltgtruri: { outcome: 400 },
  lwsruri: { outcome: 400 },
  lwsstart: { outcome: 400 },
  trws: { outcome: 400 },
  escruri: { outcome: 400 },
  baddate: { outcome: 'accept' },
  regbadct: { outcome: 400 },
  badaspec: { outcome: 400 },
  baddn: { outcome: 400 },
  badvers: { outcome: 505 },
  mismatch01: { outcome: 400 },
  mismatch02: { outcome: 501 },
  bigcode: { outcome: 'drop' },
  badbranch: { outcome: 'accept', note: 'matched as an RFC 2543 transaction, whose branch says nothing' },
  insuf: { outcome: 400 },
  unkscm: { outcome: 416 },
  novelsc: { outcome: 416 },
  unksm2: { outcome: 'accept', note: 'a registrar decides' },
  bext01: { outcome: 'accept', note: '420 with Unsupported by the agent, which knows its extensions' },
  invut: { outcome: 'accept', note: '415 with Accept by the agent, which knows its bodies' },
  regaut01: { outcome: 'accept', note: '401 by whoever asks for credentials' },
  multi01: { outcome: 400 },
  mcl01: { outcome: 400 },
  bcast: { outcome: 'accept', note: 'discarded by the agent: the top Via is not its own' },
  zeromf: { outcome: 'accept' },
  cparam01: { outcome: 'accept' },
  cparam02: { outcome: 'accept' },
  regescrt: { outcome: 'accept' },
  sdp01: { outcome: 'accept', note: '406 by the agent: the Accept has no SDP' },
  inv2543: { outcome: 'accept' },
};

const folder = findFolder();

describe.skipIf(folder === null)(
  `RFC 4475 messages in shared/torture${folder === null ? ' (skipped: no such folder above this one)' : ''}`,
  () => {
    const files = folder === null ? [] : readdirSync(folder).filter((file) => file.endsWith('.dat'));

    it('has every message of the list and no other', () => {
      expect(files.map((file) => file.slice(0, -4)).sort()).toEqual(Object.keys(EXPECTED).sort());
    });

    it.each(files)('%s comes out as the RFC says', (file) => {
      const data = readFileSync(join(folder ?? '', file));
      expect(outcomeOf(data)).toBe(EXPECTED[file.slice(0, -4)]?.outcome);
    });

    it('agrees with the list on each, or says whose the last word is', () => {
      const list = readFileSync(join(folder ?? '', 'LIST.md'), 'utf8');
      for (const [name, { outcome, note }] of Object.entries(EXPECTED)) {
        const row = list.split('\n').find((line) => line.includes(`| ${name} |`)) ?? '';
        const wanted = row.split('|').at(-2) ?? '';
        const words = { accept: /accept|NOT be rejected|answer 200/, drop: /drop|discard/ };
        const agrees = (typeof outcome === 'number' ? new RegExp(`\\b${outcome}\\b`) : words[outcome]).test(
          wanted,
        );
        expect(agrees || note !== undefined, `${name}: ${outcome} against${wanted}`).toBe(true);
      }
    });

    it('lets every bad request be answered', () => {
      for (const [name, { outcome }] of Object.entries(EXPECTED)) {
        if (typeof outcome !== 'number') continue;
        expect(() => parseMessage(read(name)), name).toThrow(
          expect.objectContaining({ request: expect.objectContaining({ kind: 'request' }) }),
        );
      }
    });

    it('gives the right values of the valid ones', () => {
      const wsinv = parseMessage(read('wsinv'));
      expect(cseqOf(wsinv).number).toBe(9);
      expect(wsinv.headers.getAll('Via')).toHaveLength(3);
      expect(parseNameAddr(wsinv.headers.get('From') ?? '').displayName).toBe('J Rosenberg \\"');
      expect(tagOf(wsinv.headers.get('From') ?? '')).toBe('98asjd8');
      expect(wsinv.body).toHaveLength(150);
      expect(parseMessage(read('longreq')).headers.count('Via')).toBe(34);
      expect(parseMessage(read('dblreq')).body).toHaveLength(0);
      expect(parseMessage(read('esc02'))).toMatchObject({ method: 'RE%47IST%45R' });
      expect(parseMessage(read('esc02')).headers.count('Contact')).toBe(2);
      expect(parseMessage(read('escnull')).headers.count('Contact')).toBe(2);
      const transports = parseMessage(read('transports'))
        .headers.getAll('Via')
        .map((via) => parseVia(via).transport);
      expect(transports).toEqual(['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP']);
      const whole = read('mpart01');
      expect(parseMessage(whole).body).toEqual(whole.subarray(whole.length - 553));
      expect(parseMessage(read('unreason'))).toMatchObject({
        reason: '= 2**3 * 5**2 но сто девяносто девять - простое',
      });
      expect(parseMessage(read('noreason'))).toMatchObject({ status: 100, reason: '' });
      expect(parseUri((parseMessage(read('esc01')) as SipRequest).uri)).toMatchObject({
        user: 'sips%3Auser%40example.com',
        host: 'example.net',
      });
      expect(parseUri((parseMessage(read('semiuri')) as SipRequest).uri).user).toBe(
        'user;par=u%40example.net',
      );
    });

    it('writes the taken ones so that they read back the same', () => {
      for (const [name, { outcome }] of Object.entries(EXPECTED)) {
        if (outcome !== 'accept') continue;
        const message = parseMessage(read(name));
        message.headers.remove('Content-Length').append('Content-Length', String(message.body.length));
        const again = parseMessage(serializeMessage(message));
        expect([...again.headers], name).toEqual([...message.headers]);
        expect({ ...again, headers: null }, name).toEqual({ ...message, headers: null });
      }
    });

    it('refuses baddn for its address too, once the missing empty line is there', () => {
      const data = read('baddn');
      expect(() => parseMessage(Buffer.concat([data, Buffer.from('\r\n')]))).toThrow('Malformed address');
    });
  },
);

function read(name: string): Buffer {
  return readFileSync(join(folder ?? '', `${name}.dat`));
}

function outcomeOf(data: Buffer): Outcome {
  try {
    parseMessage(data);
    return 'accept';
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return error.status ?? 'drop';
  }
}

/** The messages are not ours to copy: they lie beside the repository on the machines that have them. */
function findFolder(): string | null {
  let at = dirname(fileURLToPath(import.meta.url));
  while (at !== dirname(at)) {
    const candidate = join(at, 'shared', 'torture');
    if (existsSync(candidate)) return candidate;
    at = dirname(at);
  }
  return null;
}
