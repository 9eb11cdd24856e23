import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SipParseError } from './errors.js';
import type { SipRequest } from './message.js';
import { cseqOf, fromOf, toOf } from './message-fields.js';
import { parseMessage } from './parse-message.js';
import { parseNameAddr, tagOf } from './parse-name-addr.js';
import { parseUri } from './parse-uri.js';
import { parseVia } from './parse-via.js';
import { serializeMessage } from './serialize-message.js';
import { TORTURE_MESSAGES } from './testing/torture-messages.js';
import { TORTURE_OUTCOMES, type TortureOutcome } from './testing/torture-outcomes.js';

const OUTCOMES = Object.entries(TORTURE_OUTCOMES);

/** A message of ours for each case of RFC 4475: always run. */
describe('messages of our own for each case of RFC 4475', () => {
  it('are 49, one a case', () => {
    expect(Object.keys(TORTURE_MESSAGES).sort()).toEqual(Object.keys(TORTURE_OUTCOMES).sort());
    expect(OUTCOMES).toHaveLength(49);
  });

  it.each(OUTCOMES)('%s comes out as the RFC says', (name, { outcome }) => {
    expect(outcomeOf(own(name))).toBe(outcome);
  });

  it('can be answered when they are bad requests', () => {
    for (const [name, { outcome }] of OUTCOMES) {
      if (typeof outcome !== 'number') continue;
      expect(() => parseMessage(own(name)), name).toThrow(
        expect.objectContaining({ request: expect.objectContaining({ kind: 'request' }) }),
      );
    }
  });

  it('give the right values when they are valid', () => {
    const wsinv = parseMessage(own('wsinv'));
    expect(cseqOf(wsinv)).toEqual({ number: 12, method: 'INVITE' });
    expect(wsinv.headers.getAll('Via')).toHaveLength(3);
    expect(fromOf(wsinv)).toMatchObject({ displayName: 'O \\"', params: new Map([['tag', '55z']]) });
    expect(toOf(wsinv).params.get('tag')).toBe('3b7');
    expect(wsinv.headers.get('Odd-Header')).toBe('continues here, and there');
    expect(wsinv.body.toString()).toBe('v=0\r');
    expect(parseMessage(own('intmeth'))).toMatchObject({ method: "!od.d*%~me+th'_-" });
    expect(toOf(parseMessage(own('intmeth'))).displayName).toBe('BEL:\u0007 NUL:\u0000 DEL:\u007f');
    expect(parseMessage(own('longreq')).headers.count('Via')).toBe(34);
    expect(parseMessage(own('dblreq')).body).toHaveLength(0);
    expect(parseMessage(own('esc02')).headers.count('Contact')).toBe(2);
    expect(parseMessage(own('esc02'))).toMatchObject({ method: 'RE%46ER' });
    expect(parseUri((parseMessage(own('semiuri')) as SipRequest).uri).user).toBe('piet;line=7%40desk');
    expect(parseMessage(own('mpart01')).body.includes(Buffer.from([0xff, 0xfe, 0x0d, 0x0a]))).toBe(true);
    expect(parseMessage(own('unreason'))).toMatchObject({ reason: '= 4**2 шестнадцать — да' });
    expect(parseMessage(own('noreason'))).toMatchObject({ status: 100, reason: '' });
  });

  it('write back the same when they are taken', () => {
    for (const [name, { outcome }] of OUTCOMES) if (outcome === 'accept') expectSameBack(name, own(name));
  });
});

const folder = findFolder();

describe.skipIf(folder === null)(
  `RFC 4475 messages in shared/torture${folder === null ? ' (skipped: no such folder above this one)' : ''}`,
  () => {
    const files = folder === null ? [] : readdirSync(folder).filter((file) => file.endsWith('.dat'));

    it('has every message of the list and no other', () => {
      expect(files.map((file) => file.slice(0, -4)).sort()).toEqual(Object.keys(TORTURE_OUTCOMES).sort());
    });

    it.each(files)('%s comes out as the RFC says', (file) => {
      const data = readFileSync(join(folder ?? '', file));
      expect(outcomeOf(data)).toBe(TORTURE_OUTCOMES[file.slice(0, -4)]?.outcome);
    });

    it('agrees with the list on each, or says whose the last word is', () => {
      const list = readFileSync(join(folder ?? '', 'LIST.md'), 'utf8');
      for (const [name, { outcome, note }] of OUTCOMES) {
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
      for (const [name, { outcome }] of OUTCOMES) {
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
      for (const [name, { outcome }] of OUTCOMES) if (outcome === 'accept') expectSameBack(name, read(name));
    });

    it('refuses baddn for its address too, once the missing empty line is there', () => {
      const data = read('baddn');
      expect(() => parseMessage(Buffer.concat([data, Buffer.from('\r\n')]))).toThrow('Malformed address');
    });
  },
);

function own(name: string): Buffer {
  return TORTURE_MESSAGES[name] ?? Buffer.of();
}

function expectSameBack(name: string, data: Buffer): void {
  const message = parseMessage(data);
  message.headers.remove('Content-Length').append('Content-Length', String(message.body.length));
  const again = parseMessage(serializeMessage(message));
  expect([...again.headers], name).toEqual([...message.headers]);
  expect({ ...again, headers: null }, name).toEqual({ ...message, headers: null });
}

function read(name: string): Buffer {
  return readFileSync(join(folder ?? '', `${name}.dat`));
}

function outcomeOf(data: Buffer): TortureOutcome {
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
