import { describe, expect, it } from 'vitest';
import { SipParseError } from './errors.js';
import type { SipMessage, SipRequest, SipResponse } from './message.js';
import { cseqOf, listOf, q850CauseOf, topVia } from './message-fields.js';
import { isKeepAlive, parseMessage } from './parse-message.js';
import { parseNameAddr, tagOf } from './parse-name-addr.js';
import { serializeMessage } from './serialize-message.js';

const VALID: Record<string, string> = {
  Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa1;rport',
  'Max-Forwards': '70',
  From: '"Alice" <sip:alice@example.com>;tag=a',
  To: '<sip:bob@example.com>',
  'Call-ID': 'one@192.0.2.1',
  CSeq: '1 INVITE',
};

interface Edit {
  first?: string;
  /** Replaces, adds, or (undefined) leaves out. */
  headers?: Record<string, string | undefined>;
  /** More raw lines after the headers. */
  lines?: string[];
  body?: string | Buffer;
}

function datagram({
  first = 'INVITE sip:bob@example.com SIP/2.0',
  headers,
  lines = [],
  body = '',
}: Edit = {}) {
  const fields = Object.entries({ ...VALID, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  const head = `${[first, ...fields, ...lines].join('\r\n')}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

function request(edit: Edit = {}): SipRequest {
  const message = parseMessage(datagram(edit));
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
}

function response(edit: Edit = {}): SipResponse {
  const message = parseMessage(datagram({ first: 'SIP/2.0 200 OK', ...edit }));
  if (message.kind !== 'response') throw new Error('not a response');
  return message;
}

function refusal(data: Buffer): SipParseError {
  try {
    parseMessage(data);
  } catch (error) {
    if (error instanceof SipParseError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('a valid message', () => {
  it('gives its first line, headers and body', () => {
    const message = request({ headers: { 'Content-Length': '3', Subject: 'x: y' }, body: 'abc' });
    expect(message.method).toBe('INVITE');
    expect(message.uri).toBe('sip:bob@example.com');
    expect(message.headers.get('SUBJECT')).toBe('x: y');
    expect(message.body).toEqual(Buffer.from('abc'));
    expect(cseqOf(message)).toEqual({ number: 1, method: 'INVITE' });
    expect(topVia(message).params).toEqual(
      new Map([
        ['branch', 'z9hG4bKa1'],
        ['rport', null],
      ]),
    );
  });

  it('may have folds, compact names, odd spaces and odd case (RFC 4475 §3.1.1.1)', () => {
    const data = [
      'INVITE sip:bob@example.com;unknownparam SIP/2.0',
      'TO :',
      ' sip:bob@example.com ;   tag    = 19n',
      'from   : "J Rosenberg \\\\\\""       <sip:jr@example.com>',
      '  ;',
      '\ttag = 98a',
      'MaX-fOrWaRdS: 0068',
      'i: x',
      'l   : 2',
      'cseq: 0009',
      '  INVITE',
      'Via  : SIP  /   2.0',
      ' /UDP',
      '    192.0.2.2;branch=390',
      's :',
      'v:  SIP  / 2.0  / TCP     a.example.com   ;',
      '  branch  =   z9hG4bK9  ,',
      ' SIP  /    2.0   / UDP  192.168.255.111   ; branch=',
      ' z9hG4bK3',
      'm:"Quoted, \\"\\"" <sip:jr@example.com> ; newparam = x ; q = 0.33',
      '',
      'abc',
    ].join('\r\n');
    const message = parseMessage(Buffer.from(data));
    expect(message.headers.getAll('Via')).toHaveLength(3);
    expect(topVia(message)).toMatchObject({ transport: 'UDP', host: '192.0.2.2' });
    expect(cseqOf(message).number).toBe(9);
    expect(message.headers.get('Max-Forwards')).toBe('0068');
    expect(message.headers.get('Subject')).toBe('');
    expect(parseNameAddr(message.headers.get('f') ?? '').displayName).toBe('J Rosenberg \\"');
    expect(tagOf(message.headers.get('From') ?? '')).toBe('98a');
    expect(parseNameAddr(message.headers.get('Contact') ?? '').params.get('q')).toBe('0.33');
    expect(message.body.toString()).toBe('ab');
  });

  it('keeps methods and header names exactly, escapes and all (RFC 4475 §3.1.1.5)', () => {
    const message = request({
      first: 'RE%47IST%45R sip:example.com SIP/2.0',
      headers: { CSeq: '1 RE%47IST%45R', Contact: '<sip:1@a>', 'C%6Fntact': '<sip:2@a>' },
    });
    expect(message.method).toBe('RE%47IST%45R');
    expect(message.headers.getAll('Contact')).toEqual(['<sip:1@a>']);
    expect(message.headers.get('C%6Fntact')).toBe('<sip:2@a>');
  });

  it('splits Via, Route, Record-Route and Contact at commas outside quotes and brackets, and nothing else', () => {
    const digest = 'Digest username="a", realm="b, c", nonce="d"';
    const message = request({
      headers: {
        Contact: '"A, B" <sip:a,b@example.com>, <sip:c@example.com>;x="1,2"',
        Route: '<sip:p1;lr>,<sip:p2;lr>',
        Authorization: digest,
        Date: 'Sat, 13 Nov 2010 23:29:00 GMT',
      },
      lines: ['route: <sip:p3;lr>', 'RECORD-ROUTE: <sip:p4>,\t<sip:p5>'],
    });
    expect(message.headers.getAll('Contact')).toEqual([
      '"A, B" <sip:a,b@example.com>',
      '<sip:c@example.com>;x="1,2"',
    ]);
    expect(message.headers.getAll('Route')).toEqual(['<sip:p1;lr>', '<sip:p2;lr>', '<sip:p3;lr>']);
    expect(message.headers.getAll('Record-Route')).toEqual(['<sip:p4>', '<sip:p5>']);
    expect(message.headers.getAll('Authorization')).toEqual([digest]);
    expect(message.headers.get('Date')).toBe('Sat, 13 Nov 2010 23:29:00 GMT');
  });

  it('counts Content-Length in bytes and discards what follows', () => {
    const body = Buffer.concat([Buffer.from('s=Жур'), Buffer.from([0, 0xff]), Buffer.from('INVITE sip:x')]);
    const message = request({ headers: { 'Content-Length': '10' }, body });
    expect(message.body).toEqual(body.subarray(0, 10));
    expect(request({ headers: { l: '0' }, body: 'junk' }).body).toHaveLength(0);
    expect(request({ body: 'to the end' }).body.toString()).toBe('to the end');
  });

  it('may be preceded by line breaks, and come without Max-Forwards, tag and branch (RFC 2543)', () => {
    const old = datagram({
      headers: { 'Max-Forwards': undefined, From: 'sip:a@b', Via: 'SIP/2.0/UDP a.example.com' },
    });
    const message = parseMessage(Buffer.concat([Buffer.from('\r\n\r\n'), old]));
    expect(topVia(message).params.size).toBe(0);
    expect(tagOf(message.headers.get('From') ?? '')).toBeNull();
  });

  it('has no control characters in its reason phrase: they become spaces', () => {
    expect(response({ first: 'SIP/2.0 486 Busy\0Here\x1b[31m\x7f\x85' }).reason).toBe('Busy Here [31m  ');
  });

  it('may be a response with any reason phrase or none', () => {
    expect(response({ first: 'SIP/2.0 200 = 2**3 * 5**2 но: да' }).reason).toBe('= 2**3 * 5**2 но: да');
    expect(response({ first: 'SIP/2.0 100 ' })).toMatchObject({ status: 100, reason: '' });
    expect(response({ first: 'sip/2.0 699' }).status).toBe(699);
  });

  it('may call a tel: URI or an IPv6 host', () => {
    expect(request({ first: 'INVITE tel:+15551234;x=y SIP/2.0' }).uri).toBe('tel:+15551234;x=y');
    expect(request({ first: 'INVITE sips:a@[2001:db8::1]:5061 SIP/2.0' }).method).toBe('INVITE');
  });
});

describe('a bad request', () => {
  const bad: [string, Edit, number][] = [
    ['two spaces in the first line', { first: 'INVITE  sip:bob@example.com SIP/2.0' }, 400],
    ['a space after the first line', { first: 'INVITE sip:bob@example.com SIP/2.0 ' }, 400],
    ['a space in the Request-URI', { first: 'INVITE sip:bob@example.com; lr SIP/2.0' }, 400],
    ['brackets around the Request-URI', { first: 'INVITE <sip:bob@example.com> SIP/2.0' }, 400],
    ['headers in the Request-URI', { first: 'INVITE sip:b@c?Route=%3Csip:d%3E SIP/2.0' }, 400],
    ['half an escape in the Request-URI', { first: 'INVITE sip:b%4@c SIP/2.0' }, 400],
    ['an unknown scheme', { first: 'INVITE soap.beep://192.0.2.103:3002 SIP/2.0' }, 416],
    ['another version', { first: 'INVITE sip:bob@example.com SIP/7.0' }, 505],
    ['no Call-ID', { headers: { 'Call-ID': undefined } }, 400],
    ['no From', { headers: { From: undefined } }, 400],
    ['two To', { lines: ['t: <sip:x@y>'] }, 400],
    ['two equal CSeq', { lines: ['CSeq: 1 INVITE'] }, 400],
    ['two Content-Length', { lines: ['l: 0', 'Content-Length: 0'] }, 400],
    ['a CSeq too big', { headers: { CSeq: '36893488147419103232 INVITE' } }, 400],
    ['a signed CSeq', { headers: { CSeq: '+1 INVITE' } }, 400],
    ['a CSeq of another method', { headers: { CSeq: '1 BYE' } }, 400],
    ['an unknown method with another CSeq', { first: 'NEW sip:b@c SIP/2.0' }, 501],
    ['a negative Content-Length', { headers: { 'Content-Length': '-1' } }, 400],
    ['a body that is too short', { headers: { 'Content-Length': '4' }, body: 'abc' }, 400],
    ['an open quote', { headers: { To: '"Mr. J. User <sip:j@example.com>' } }, 400],
    ['an unquoted comma', { headers: { From: 'Bell, A <sip:a@example.com>;tag=1' } }, 400],
    ['spaces inside the brackets', { headers: { To: '< sip:j@example.com >' } }, 400],
    ['two tags', { headers: { From: '<sip:a@b>;tag=1;tag=2' } }, 400],
    ['headers in a bare Contact', { headers: { Contact: 'sip:a@b?Route=%3Csip:c%3E' } }, 400],
    ['an empty Contact in a list', { headers: { Contact: '<sip:a@b>,,<sip:c@d>' } }, 400],
    ['a route that cannot be read', { headers: { 'Record-Route': '<sip:@>' } }, 400],
    ['a broken top Via', { headers: { Via: 'SIP/2.0/UDP 192.0.2.15;;,;,,' } }, 400],
    ['a line without a colon', { lines: ['Hello'] }, 400],
    ['a space in a header name', { lines: ['X Y: z'] }, 400],
    ['a stray LF', { lines: ['X: y\nVia: SIP/2.0/UDP evil'] }, 400],
    ['a stray CR', { lines: ['X: y\rz'] }, 400],
    ['a CR at the end', { lines: ['X: y\r'] }, 400],
    ['a Max-Forwards that is no number', { headers: { 'Max-Forwards': 'many' } }, 400],
    ['a space in the Call-ID', { headers: { 'Call-ID': 'a b' } }, 400],
    ['257 headers', { lines: Array.from({ length: 251 }, () => 'X: y') }, 400],
    ['101 Vias', { lines: [`v: ${Array.from({ length: 100 }, () => 'SIP/2.0/UDP a').join(',')}`] }, 400],
  ];

  it.each(bad)('with %s is refused with a status and enough of it to answer', (_, edit, status) => {
    const error = refusal(datagram(edit));
    expect(error.status).toBe(status);
    expect(error.request?.method).toMatch(/^INVITE$|^NEW$/);
    expect(topVia(error.request as SipMessage).host).toMatch(/^192\.0\.2\./);
    expect(error.reason).not.toMatch(/[\r\n]/);
  });

  it('has as many headers and Vias as the limits allow without being one', () => {
    expect(request({ lines: Array.from({ length: 250 }, () => 'X: y') }).headers.size).toBe(256);
    const vias = `v: ${Array.from({ length: 99 }, () => 'SIP/2.0/UDP a').join(',')}`;
    expect(request({ lines: [vias] }).headers.getAll('Via')).toHaveLength(100);
  });

  it('can be answered with what it had, even the parts that are wrong', () => {
    const error = refusal(datagram({ headers: { To: '"open' }, lines: ['X: a\nb', 'no colon'] }));
    const { headers } = error.request as SipRequest;
    expect(headers.get('To')).toBe('"open');
    expect(headers.get('X')).toBe('a b');
    expect(headers.get('CSeq')).toBe('1 INVITE');
    expect(
      serializeMessage({ kind: 'response', status: 400, reason: error.reason, headers, body: Buffer.of() }),
    ).toBeDefined();
  });

  it('keeps of a broken top Via what an answer needs', () => {
    const error = refusal(datagram({ headers: { Via: 'SIP/2.0/UDP 192.0.2.15:5070;;,;,,' } }));
    expect(error.request?.headers.getAll('Via')).toEqual(['SIP/2.0/UDP 192.0.2.15:5070']);
  });

  it('without the empty line is refused', () => {
    const whole = datagram();
    expect(refusal(whole.subarray(0, whole.length - 2)).status).toBe(400);
  });

  it('over 64 KiB is refused', () => {
    expect(refusal(datagram({ body: 'x'.repeat(65_536) })).status).toBe(513);
  });

  it.each([
    ['an ACK', datagram({ first: 'ACK sip:a@b  SIP/2.0' })],
    ['a request without Via', datagram({ headers: { Via: undefined } })],
    ['a request with a Via of nothing', datagram({ headers: { Via: 'x' } })],
    ['something else', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a keep-alive', Buffer.from('\r\n\r\n')],
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(4)],
  ])('that is %s is dropped', (_, data) => {
    expect(refusal(data)).toMatchObject({ status: null, request: null });
  });
});

describe('a bad response', () => {
  it.each([
    ['a status too big', { first: 'SIP/2.0 4294967301 better not' }],
    ['a status below 100', { first: 'SIP/2.0 099 x' }],
    ['a stray CR in its reason', { first: 'SIP/2.0 200 O\rK' }],
    ['a status of letters', { first: 'SIP/2.0 2xx x' }],
    ['another version', { first: 'SIP/3.0 200 OK' }],
    ['a CSeq too big', { first: 'SIP/2.0 503 x', headers: { CSeq: '9292394834772304023312 OPTIONS' } }],
    ['no To', { first: 'SIP/2.0 200 OK', headers: { To: undefined } }],
  ] as [string, Edit][])('with %s is dropped', (_, edit) => {
    expect(refusal(datagram(edit))).toMatchObject({ status: null, request: null });
  });
});

describe('fields', () => {
  it('finds the Q.850 cause among several Reasons', () => {
    const causes = (...lines: string[]) => q850CauseOf(response({ lines }));
    expect(causes('Reason: Q.850;cause=16;text="Normal, clearing"')).toBe(16);
    expect(causes('Reason: SIP;cause=200;text="x, Q.850;cause=3", q.850 ; cause = 17')).toBe(17);
    expect(causes('Reason: SIP;cause=486', 'Reason: Q.850;cause=0')).toBe(0);
    expect(causes('Reason: Q.850;cause=9999', 'Reason: Q.850', 'Reason: ;;,"')).toBeNull();
    expect(causes()).toBeNull();
  });

  it('lists the items of a comma header over its lines', () => {
    const message = request({ lines: ['Require: a,b , c', 'Require: d'] });
    expect(listOf(message, 'require')).toEqual(['a', 'b', 'c', 'd']);
    expect(listOf(message, 'Supported')).toEqual([]);
  });

  it('tells keep-alives from messages', () => {
    expect(isKeepAlive(Buffer.from('\r\n\r\n'))).toBe(true);
    expect(isKeepAlive(Buffer.from('\r\nX'))).toBe(false);
  });
});
