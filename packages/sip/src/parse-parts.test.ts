import { describe, expect, it } from 'vitest';
import { SipParseError, UnsafeValueError } from './errors.js';
import { splitCommas } from './parse-characters.js';
import { parseCSeq } from './parse-cseq.js';
import { formatNameAddr, parseNameAddr, tagOf } from './parse-name-addr.js';
import { formatReason, parseReasons } from './parse-reason.js';
import { formatUri, parseUri, userOf } from './parse-uri.js';
import { formatVia, parseVia } from './parse-via.js';

describe('a URI', () => {
  it('gives its parts as they were written (RFC 3261 §19.1.3)', () => {
    expect(parseUri('SIPS:alice:se%40cret@[2001:db8::9]:5061;Transport=tcp;lr?subject=a%20b&x=')).toEqual({
      scheme: 'sips',
      user: 'alice',
      password: 'se%40cret',
      host: '[2001:db8::9]',
      port: 5061,
      params: new Map([
        ['transport', 'tcp'],
        ['lr', null],
      ]),
      headers: 'subject=a%20b&x=',
    });
    expect(parseUri('sip:example.com')).toEqual({ scheme: 'sip', host: 'example.com', params: new Map() });
  });

  it('may have every odd character that a user may have (RFC 4475 §3.1.1.2, §3.1.1.9)', () => {
    expect(parseUri('sip:user;par=u%40example.net@example.com').user).toBe('user;par=u%40example.net');
    const odd = parseUri(
      "sip:1_u.U~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,w!*pas$wo~d_t.(d'-it)@e.com",
    );
    expect(odd).toMatchObject({ user: "1_u.U~(to-be!sure)&isn't+it$/crazy?,/;;*", host: 'e.com' });
    expect(parseUri('sip:*70#@pbx').user).toBe('*70#');
  });

  it.each([
    '',
    'sip',
    'sip:',
    'sip:@host',
    'sip:a@',
    'sip:a@b@c',
    'sip:a b@c',
    'sip:a@b:0',
    'sip:a@b:65536',
    'sip:a@b:',
    'sip:a@b:1x',
    'sip:a@b;',
    'sip:a@b;x;x',
    'sip:a@b;=x',
    'sip:a@b?',
    'sip:a@[::1',
    'sip:a@[g::]',
    'sip:a@b]',
    'sip:a%4g@b',
    'sip:a@b\r\nX: y',
    'sip:"a"@b',
    'sip:é@b',
    '<sip:a@b>',
  ])('%j is none', (text) => {
    expect(() => parseUri(text)).toThrow(SipParseError);
  });

  it('of another scheme says so', () => {
    expect(() => parseUri('http://example.com')).toThrow('416 Unsupported URI Scheme');
  });

  it('is not written when a part would leave its place', () => {
    const params = new Map<string, string | null>();
    const uri = { scheme: 'sip', user: 'a', host: 'b', params };
    expect(formatUri({ ...uri, port: 5060, headers: 'x=y' })).toBe('sip:a@b:5060?x=y');
    for (const bad of [
      { user: 'a@evil' },
      { user: '' },
      { host: 'b;lr' },
      { host: 'b\r\nX: y' },
      { port: 0 },
      { params: new Map([['x', 'y;z']]) },
      { headers: 'a b' },
      { scheme: 'sip:x@' },
    ]) {
      expect(() => formatUri({ ...uri, ...bad })).toThrow(UnsafeValueError);
    }
  });

  it('gives its user unescaped, to show', () => {
    expect(userOf('sip:%2B1555%3b@example.com')).toBe('+1555;');
    expect(userOf('tel:+1-555;phone-context=x')).toBe('+1-555');
    expect(userOf('sip:%ff@example.com')).toBe('%ff');
    expect(userOf('sip:example.com')).toBe('');
    expect(userOf('mailto:x')).toBe('');
    expect(userOf('what')).toBe('');
  });
});

describe('a name and address', () => {
  it('is read with quotes, tokens or nothing before the brackets', () => {
    expect(parseNameAddr('"A, \\"B\\" <c>" <sip:a@b;x?y=z>;tag=1;p="q;r"')).toEqual({
      displayName: 'A, "B" <c>',
      uri: 'sip:a@b;x?y=z',
      params: new Map([
        ['tag', '1'],
        ['p', '"q;r"'],
      ]),
    });
    expect(parseNameAddr('token1~` tok2 <sip:a@b>').displayName).toBe('token1~` tok2');
    expect(parseNameAddr('Жур (x)<sip:a@b>').displayName).toBe('Жур (x)');
    expect(parseNameAddr('caller<sip:a@b>').displayName).toBe('caller');
    expect(parseNameAddr('<sip:a@b>').displayName).toBeNull();
    expect(parseNameAddr('""<sip:a@b>').displayName).toBe('');
  });

  it('without brackets gives its parameters to the header (RFC 3261 §20)', () => {
    expect(parseNameAddr('sip:a@b ; tag = x')).toEqual({
      displayName: null,
      uri: 'sip:a@b',
      params: new Map([['tag', 'x']]),
    });
    expect(parseNameAddr('sip:a@b;x="<y>"').params.get('x')).toBe('"<y>"');
    expect(parseNameAddr('*').uri).toBe('*');
  });

  it('may have any scheme', () => {
    expect(parseNameAddr('isbn:2983792873').uri).toBe('isbn:2983792873');
    expect(parseNameAddr('<http://www.example.com>;tag=1').uri).toBe('http://www.example.com');
  });

  it.each([
    '',
    'x',
    '<>',
    '<sip:>',
    '<sip:a@b',
    'sip:a@b>',
    '"a <sip:a@b>',
    '"a" sip:a@b',
    '<sip:a@b>x',
    '<sip:a@b>;',
    '<sip:a@b>;;',
    '<sip:a@b>;tag=',
    '<sip:a@b>;tag="x',
    '<sip:a b@c>',
    'sip:a@b, sip:c@d',
    'sip:a@b?x=y',
    'a:b <sip:a@b>',
  ])('%j is none, and has no tag', (text) => {
    expect(() => parseNameAddr(text)).toThrow(SipParseError);
    expect(tagOf(text)).toBeNull();
  });

  it('is written so that nothing in it becomes another header', () => {
    const addr = { displayName: 'A "B" \\', uri: 'sip:a@b', params: new Map([['tag', 'x']]) };
    expect(formatNameAddr(addr)).toBe('"A \\"B\\" \\\\" <sip:a@b>;tag=x');
    for (const bad of [
      { displayName: 'x\r\nVia: evil' },
      { displayName: 'x\ny' },
      { displayName: 'x\0' },
      { uri: 'sip:a@b>\r\n' },
      { uri: 'sip:a@b>;tag=evil' },
      { params: new Map([['tag', 'x\r\ny']]) },
      { params: new Map([['tag', 'x;y']]) },
      { params: new Map([['tag', '"x\r\n"']]) },
      { params: new Map([['tag', '"x"y"']]) },
      { params: new Map([['a b', null]]) },
    ]) {
      expect(() => formatNameAddr({ ...addr, ...bad })).toThrow(UnsafeValueError);
    }
  });
});

describe('a Via', () => {
  it('is read with spaces, IPv6, and parameters without values', () => {
    expect(
      parseVia('sip / 2.0/ tcp  [::1] : 5061 ; Branch = z9hG4bK%f;rport;received=2001:db8::9:1'),
    ).toEqual({
      transport: 'TCP',
      host: '[::1]',
      port: 5061,
      params: new Map([
        ['branch', 'z9hG4bK%f'],
        ['rport', null],
        ['received', '2001:db8::9:1'],
      ]),
    });
    expect(parseVia('SIP/7.0/UNKNOWN c_d.example.com').transport).toBe('UNKNOWN');
  });

  it.each([
    '',
    'SIP/2.0',
    'SIP/2.0/UDP',
    'SIP/2.0/UDPhost',
    'HTTP/1.1/TCP a',
    'SIP/2.0/UDP a:b',
    'SIP/2.0/UDP a,b',
    'SIP/2.0/UDP ;x',
  ])('%j is none', (text) => {
    expect(() => parseVia(text)).toThrow(SipParseError);
  });

  it('is not written when a part would leave its place', () => {
    const via = { transport: 'UDP', host: 'a', port: 5060, params: new Map([['branch', 'z9hG4bK1']]) };
    expect(formatVia(via)).toBe('SIP/2.0/UDP a:5060;branch=z9hG4bK1');
    for (const bad of [{ transport: 'U P' }, { host: 'a\r\nb' }, { host: '' }, { port: 70_000 }]) {
      expect(() => formatVia({ ...via, ...bad })).toThrow(UnsafeValueError);
    }
  });
});

describe('the rest', () => {
  it('reads a CSeq up to 2^32-1', () => {
    expect(parseCSeq('0009 \t INVITE')).toEqual({ number: 9, method: 'INVITE' });
    expect(parseCSeq('4294967295 a').number).toBe(4_294_967_295);
    for (const text of ['', '1', 'INVITE', '1INVITE', '4294967296 a', '-1 a', '1 a b', '1.5 a', '0x1 a']) {
      expect(() => parseCSeq(text)).toThrow(SipParseError);
    }
  });

  it('writes a Reason that reads back', () => {
    const reason = { protocol: 'Q.850', cause: 16, text: 'a "b", c' };
    expect(parseReasons(formatReason(reason))).toEqual([reason]);
    expect(formatReason({ protocol: 'SIP', cause: null, text: null })).toBe('SIP');
    expect(() => formatReason({ ...reason, text: 'a\r\nb' })).toThrow(UnsafeValueError);
    expect(() => formatReason({ ...reason, protocol: 'a b' })).toThrow(UnsafeValueError);
  });

  it('splits at commas outside quotes and brackets only', () => {
    expect(splitCommas(' a ,"b,\\",c" , <d,e>,')).toEqual(['a', '"b,\\",c"', '<d,e>', '']);
    expect(splitCommas('a,"b,c')).toEqual(['a', '"b,c']);
  });
});
