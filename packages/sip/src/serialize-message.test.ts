import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialogOfResponse } from './dialog.js';
import { SipParseError, UnsafeValueError } from './errors.js';
import type { SipMessage, SipRequest } from './message.js';
import { cseqOf, listOf, q850CauseOf, topVia } from './message-fields.js';
import { SipHeaders } from './message-headers.js';
import { createResponse } from './message-response.js';
import { createFramer } from './parse-frame.js';
import { parseMessage } from './parse-message.js';
import { formatNameAddr, type NameAddr, parseNameAddr, tagOf } from './parse-name-addr.js';
import { formatUri, parseUri, type SipUri, userOf } from './parse-uri.js';
import { formatVia, parseVia, type Via } from './parse-via.js';
import { serializeMessage, serializeRelayed } from './serialize-message.js';
import { DELIMITERS } from './testing/delimiters.js';

function bye(): SipRequest {
  const headers = new SipHeaders()
    .append('v', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1')
    .append('From', '<sip:a@b>;tag=1')
    .append('To', '<sip:c@d>;tag=2')
    .append('Call-ID', 'x')
    .append('CSeq', '2 BYE');
  return { kind: 'request', method: 'BYE', uri: 'sip:c@d', headers, body: Buffer.alloc(0) };
}

describe('a message that we write', () => {
  it('has long names, its own Content-Length in bytes, and its body', () => {
    const message = bye();
    message.headers.append('l', '99').append('X-Own', '');
    message.body = Buffer.from('é\0');
    expect(serializeMessage(message).toString()).toBe(
      [
        'BYE sip:c@d SIP/2.0',
        'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
        'From: <sip:a@b>;tag=1',
        'To: <sip:c@d>;tag=2',
        'Call-ID: x',
        'CSeq: 2 BYE',
        'X-Own: ',
        'Content-Length: 3',
        '',
        'é\0',
      ].join('\r\n'),
    );
  });

  it('has no empty reason phrase without its space (RFC 3261 §25.1)', () => {
    const { headers, body } = bye();
    const text = serializeMessage({ kind: 'response', status: 200, reason: '', headers, body }).toString();
    expect(text.startsWith('SIP/2.0 200 \r\n')).toBe(true);
  });

  it('refuses whatever would become a header or line of its own', () => {
    const { headers, body } = bye();
    const response = { kind: 'response' as const, status: 200, reason: 'OK', headers, body };
    const unsafe: SipMessage[] = [
      { ...bye(), headers: bye().headers.append('X', 'a\r\nVia: evil') },
      { ...bye(), headers: bye().headers.append('X', 'a\n') },
      { ...bye(), headers: bye().headers.append('X', '\r') },
      { ...bye(), headers: bye().headers.append('X', 'a\0b') },
      { ...bye(), headers: bye().headers.append('X', 'a\x1b[31m') },
      { ...bye(), headers: bye().headers.append('X', '"\\\x7f"') },
      { ...bye(), headers: bye().headers.set('From', '"a\0" <sip:a@b>;tag=1') },
      { ...bye(), headers: bye().headers.set('From', '"a\\\n" <sip:a@b>;tag=1') },
      { ...bye(), headers: bye().headers.append('X: y\r\nZ', 'a') },
      { ...bye(), headers: bye().headers.append('', 'a') },
      { ...bye(), method: 'BYE sip:x SIP/2.0\r\nX:' },
      { ...bye(), method: '' },
      { ...bye(), uri: 'sip:c@d SIP/2.0\r\nX: y' },
      { ...bye(), uri: '' },
      { ...response, reason: 'OK\r\nX: y' },
      { ...response, reason: 'OK\0' },
      { ...response, headers: bye().headers.append('X', 'a\0b') },
      { ...response, headers: bye().headers.set('From', '"a\r" <sip:a@b>') },
      { ...response, status: 99 },
      { ...response, status: 700 },
      { ...response, status: 200.5 },
    ];
    for (const message of unsafe) expect(() => serializeMessage(message)).toThrow(UnsafeValueError);
  });
});

const letters = (characters: string, minLength = 1) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength: 12 });
const token = letters("abzAZ019-.!%*_+`'~");
const hex = letters('0123456789abcdef');
const user = letters("abZ09-_.!~*'()&=+$,;?/#");
const host = fc.oneof(letters('abz09.-', 1), fc.ipV4(), fc.constantFrom('[::1]', '[2001:db8::1]'));
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const quoted = fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text.replace(/[^ -~é]/g, '')));
const name = token.map((text) => text.toLowerCase());
const params = fc.uniqueArray(fc.tuple(name, fc.option(fc.oneof(token, quoted))), {
  selector: ([key]) => key,
  maxLength: 4,
});
const uriName = letters("abz09-_.!~*'()[]/:&+$");
const uriParams = fc.uniqueArray(fc.tuple(uriName, fc.option(uriName)), {
  selector: ([key]) => key,
  maxLength: 3,
});

function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}

const uri: fc.Arbitrary<SipUri> = fc
  .record({
    scheme: fc.constantFrom('sip', 'sips'),
    user: fc.option(user, { nil: undefined }),
    host,
    port,
    params: uriParams.map((pairs) => new Map(pairs)),
    headers: fc.option(uriName, { nil: undefined }),
  })
  .map((parts) => present(parts) as SipUri);

const nameAddr: fc.Arbitrary<NameAddr> = fc.record({
  displayName: fc.option(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/\p{Cc}/gu, ''))),
  uri: uri.map(formatUri),
  params: params.map((pairs) => new Map(pairs)),
});

const via: fc.Arbitrary<Via> = fc
  .record({
    transport: token.map((text) => text.toUpperCase()),
    host,
    port,
    params: params.map((pairs) => new Map(pairs)),
  })
  .map((parts) => present(parts) as Via);

const value = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .map((text) => text.replace(/[\r\n]/g, '').replace(/^[ \t]+|[ \t]+$/g, ''));

const message: fc.Arbitrary<SipMessage> = fc
  .record({
    method: token,
    uri: uri.map(({ headers: _, ...parts }) => formatUri(parts)),
    status: fc.integer({ min: 100, max: 699 }),
    isRequest: fc.boolean(),
    reason: fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')),
    vias: fc.array(via, { minLength: 1, maxLength: 4 }),
    from: nameAddr,
    to: nameAddr,
    contacts: fc.array(nameAddr, { maxLength: 3 }),
    callId: hex,
    number: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    others: fc.array(
      fc.tuple(
        token.map((text) => `X-${text}`),
        value,
      ),
      { maxLength: 5 },
    ),
    body: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  })
  .map((parts) => {
    const headers = new SipHeaders();
    for (const one of parts.vias) headers.append('Via', formatVia(one));
    headers.append('From', formatNameAddr(parts.from)).append('To', formatNameAddr(parts.to));
    for (const contact of parts.contacts) headers.append('Contact', formatNameAddr(contact));
    headers.append('Call-ID', parts.callId).append('CSeq', `${parts.number} ${parts.method}`);
    for (const [key, text] of parts.others) headers.append(key, text);
    headers.append('Content-Length', String(parts.body.length));
    return parts.isRequest
      ? { kind: 'request', method: parts.method, uri: parts.uri, headers, body: parts.body }
      : { kind: 'response', status: parts.status, reason: parts.reason, headers, body: parts.body };
  });

describe('what is written reads back the same', () => {
  it('for every URI', () => {
    fc.assert(
      fc.property(uri, (one) => {
        expect(parseUri(formatUri(one))).toEqual(one);
      }),
    );
  });

  it('for every name and address', () => {
    fc.assert(
      fc.property(nameAddr, (one) => {
        expect(parseNameAddr(formatNameAddr(one))).toEqual(one);
      }),
    );
  });

  it('for every Via', () => {
    fc.assert(
      fc.property(via, (one) => {
        expect(parseVia(formatVia(one))).toEqual(one);
      }),
    );
  });

  it('for every message out of a stream, in any pieces', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), sizes, (messages, pieces) => {
        const written = messages.map(serializeMessage);
        const stream = Buffer.concat(written);
        const framer = createFramer({ maxBytes: 65_536 });
        const found: Buffer[] = [];
        for (let at = 0, count = 0; at < stream.length; count++) {
          const end = at + (pieces[count % pieces.length] ?? 1);
          for (const item of framer.push(stream.subarray(at, end)))
            if (item.kind === 'message') found.push(item.data);
          at = end;
        }
        expect(found).toEqual(written);
      }),
    );
  });

  it('for every message', () => {
    fc.assert(
      fc.property(message, (one) => {
        const { headers, ...rest } = parseMessage(serializeMessage(one));
        const { headers: wanted, ...parts } = one;
        expect(rest).toEqual(parts);
        expect([...headers]).toEqual([...wanted]);
      }),
      { numRuns: 300 },
    );
  });
});

const junk = fc.oneof(
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      ...DELIMITERS,
      ...['\r\nVia: ', 'SIP/2.0 ', '\r\nContact: *', '\r\nl: ', '99999999999999999999', '-1', '🙂'],
    )
    .map((text) => Buffer.from(text)),
);
const mutation = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(12), junk });

function mutate(data: Buffer, mutations: { at: number; cut: number; junk: Buffer }[]): Buffer {
  return mutations.reduce((bytes, { at, cut, junk: inserted }) => {
    const place = Math.floor(at * bytes.length);
    return Buffer.concat([bytes.subarray(0, place), inserted, bytes.subarray(place + cut)]);
  }, data);
}

/** What an agent does with a message before it knows anything of it. */
function readAll(parsed: SipMessage): void {
  topVia(parsed);
  cseqOf(parsed);
  q850CauseOf(parsed);
  listOf(parsed, 'Require');
  for (const header of ['From', 'To']) tagOf(parsed.headers.get(header) ?? '');
  if (parsed.kind === 'request') {
    for (const header of ['Contact', 'Route', 'Record-Route'])
      parsed.headers.getAll(header).map(parseNameAddr);
    userOf(parsed.uri);
  } else dialogOfResponse(bye(), parsed, { host: '192.0.2.1', port: 5060 }).acknowledge(1);
  expect(parseMessage(serializeRelayed(parsed)).headers.size).toBe(
    parsed.headers.size + (parsed.headers.has('Content-Length') ? 0 : 1),
  );
}

describe('hostile datagrams', () => {
  it('throw nothing but SipParseError, and what is taken can be read and written without any', () => {
    let taken = 0;
    fc.assert(
      fc.property(message, fc.array(mutation, { minLength: 1, maxLength: 4 }), (one, mutations) => {
        const data = mutate(serializeMessage(one), mutations);
        let parsed: SipMessage;
        try {
          parsed = parseMessage(data);
        } catch (error) {
          if (!(error instanceof SipParseError)) throw error;
          // What is to be answered must be answerable: its headers go back as they are.
          if (error.request !== null) {
            topVia(error.request);
            serializeMessage(createResponse(error.request, 400, { reason: error.reason }));
          }
          expect(error.status === null).toBe(error.request === null);
          return;
        }
        taken += 1;
        readAll(parsed);
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(0);
  });

  it('of random bytes throw nothing but SipParseError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => parseMessage(Buffer.from(bytes))).toThrow(SipParseError);
      }),
    );
  });

  // A quadratic scan of 60,000 characters takes many seconds of processor time, a linear one a few milliseconds.
  const repeated = ['"', '<', ',', ';', ' ', '\\', '%', ':', '=', '@', '[', '(', '\t', '?', '.'];
  it.each([...repeated, '\r\n ', ';a', ', ', '"\\', 'a:', '\r\nX:'])(
    'full of %j cost no more than their bytes',
    (part) => {
      const text = `SIP/2.0/UDP a${part.repeat(60_000 / part.length)}`;
      const begin = process.cpuUsage();
      for (const name of ['Via', 'From', 'Contact', 'Route', 'Reason', 'Own', 'Call-ID', 'CSeq']) {
        const lines = [...bye().headers.set(name, text)].map(([key, raw]) => `${key}: ${raw}`);
        readIfTaken(Buffer.from(['BYE sip:a SIP/2.0', ...lines, '', ''].join('\r\n')));
      }
      readIfTaken(Buffer.from(`BYE sip:${text} SIP/2.0\r\n\r\n`));
      for (const name of ['Contact', 'Record-Route']) {
        const lines = [...bye().headers.set(name, `<sip:${part.repeat(60_000 / part.length)}`)];
        readIfTaken(
          Buffer.from(['SIP/2.0 200 OK', ...lines.map((line) => line.join(': ')), '', ''].join('\r\n')),
        );
      }
      const { user: userMicroseconds } = process.cpuUsage(begin);
      expect(userMicroseconds).toBeLessThan(2_000_000);
    },
  );
});

it('lets junk lines cost little more than their bytes', () => {
  const junk = Buffer.from(`BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n${'x\r\n'.repeat(20_000)}\r\n`);
  const begin = process.cpuUsage();
  for (let count = 0; count < 100; count++) expect(() => parseMessage(junk)).toThrow(SipParseError);
  // Each line that were an error with a stack would cost 7 us or more: 14 s in all.
  expect(process.cpuUsage(begin).user).toBeLessThan(1_000_000);
});

function readIfTaken(data: Buffer): void {
  let parsed: SipMessage;
  try {
    parsed = parseMessage(data);
  } catch (error) {
    expect(error).toBeInstanceOf(SipParseError);
    return;
  }
  readAll(parsed);
}
