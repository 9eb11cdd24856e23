import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SipParseError, UnsafeValueError } from './errors.js';
import { SipHeaders } from './message-headers.js';
import { contactsOf, parseContact } from './parse-contact.js';
import { parseDeltaSeconds } from './parse-delta-seconds.js';
import { formatRAck, parseRAck, parseRSeq } from './parse-rack.js';
import { parseReferredBy, parseReferTo } from './parse-refer.js';
import { parseRetryAfter } from './parse-retry-after.js';
import { formatSessionExpires, parseMinSe, parseSessionExpires } from './parse-session-expires.js';

const MAX = 2 ** 32 - 1;
const token = fc.string({ unit: fc.constantFrom(..."abZ09-.!%*_+`'~"), minLength: 1, maxLength: 10 });
const number = fc.integer({ min: 0, max: MAX });

describe('numbers of seconds', () => {
  it('are whole, cut at 2^32-1, or nothing (RFC 3261 §20.19)', () => {
    expect(parseDeltaSeconds(' 0060 ')).toBe(60);
    expect(parseDeltaSeconds('280297596632815')).toBe(MAX);
    for (const text of ['', '-1', '1E34', '1.5', '60 s', null, undefined])
      expect(parseDeltaSeconds(text)).toBeNull();
  });

  it('are read from a Retry-After with comment and duration (RFC 3261 §20.33)', () => {
    expect(parseRetryAfter('18000;duration=3600')).toBe(18_000);
    expect(parseRetryAfter('120 (I am in a meeting)')).toBe(120);
    expect(parseRetryAfter('5(x)')).toBe(5);
    expect(parseRetryAfter('949302838503028349304023988')).toBe(MAX);
    for (const text of ['', 'soon', '-5', '5x', undefined]) expect(parseRetryAfter(text)).toBeNull();
  });
});

describe('RAck and RSeq (RFC 3262)', () => {
  it('read back as they are written', () => {
    const rack = fc.record({ rseq: fc.integer({ min: 1, max: MAX }), cseq: number, method: token });
    fc.assert(
      fc.property(rack, (one) => {
        expect(parseRAck(formatRAck(one))).toEqual(one);
      }),
    );
    expect(parseRAck(' 776656 \t1  INVITE ')).toEqual({ rseq: 776_656, cseq: 1, method: 'INVITE' });
    expect(parseRSeq(' 988789 ')).toBe(988_789);
  });

  it.each([
    '',
    '1 2',
    '1 2 A B',
    '0 1 INVITE',
    '-1 1 INVITE',
    '4294967296 1 INVITE',
    '1 x INVITE',
    '1 1 IN<VITE',
  ])('%j is no RAck', (text) => {
    expect(() => parseRAck(text)).toThrow(SipParseError);
  });

  it('refuse what would leave its place', () => {
    for (const text of ['', '0', '-1', '4294967296', '1 2'])
      expect(() => parseRSeq(text)).toThrow(SipParseError);
    expect(() => formatRAck({ rseq: 1, cseq: 1, method: 'A\r\nB' })).toThrow(UnsafeValueError);
    expect(() => formatRAck({ rseq: 1.5, cseq: 1, method: 'A' })).toThrow(UnsafeValueError);
  });
});

describe('Session-Expires and Min-SE (RFC 4028)', () => {
  it('read back as they are written', () => {
    const refresher = fc.constantFrom('uac' as const, 'uas' as const, null);
    fc.assert(
      fc.property(fc.record({ seconds: number, refresher }), (one) => {
        expect(parseSessionExpires(formatSessionExpires(one))).toEqual(one);
      }),
    );
    expect(parseSessionExpires('1800 ; Refresher = UAS ; x=y')).toEqual({ seconds: 1800, refresher: 'uas' });
    expect(parseSessionExpires('90;refresher=nobody').refresher).toBeNull();
    expect(parseMinSe('120;lr')).toBe(120);
  });

  it('are refused when they are no number', () => {
    for (const text of ['', ';refresher=uac', '-1', '1800;', '1800;refresher=']) {
      expect(() => parseSessionExpires(text)).toThrow(SipParseError);
    }
    expect(() => parseMinSe('x')).toThrow(SipParseError);
    expect(() => formatSessionExpires({ seconds: 0.5, refresher: null })).toThrow(UnsafeValueError);
  });
});

describe('Contact', () => {
  it('gives q, expiry and instance', () => {
    const text = '"A" <sip:a@b>;q=0.25;expires=3600;+sip.instance="<urn:uuid:1>";reg-id=1';
    expect(parseContact(text)).toMatchObject({
      uri: 'sip:a@b',
      displayName: 'A',
      q: 0.25,
      expiresSeconds: 3600,
      instanceId: '<urn:uuid:1>',
      regId: 1,
    });
    expect(parseContact('*')).toMatchObject({ uri: '*', q: 1, expiresSeconds: null, instanceId: null });
    expect(parseContact('<sip:a@b>;q=7;expires=soon')).toMatchObject({ q: 1, expiresSeconds: null });
    expect(() => parseContact('<sip:a@b')).toThrow(SipParseError);
  });

  it('lists those of a 3xx by q, in their order where it is the same, without broken ones', () => {
    const headers = new SipHeaders();
    for (const text of ['<sip:a@x>;q=0.5', 'broken <', '<sip:b@x>', '<sip:c@x>;q=0.5'])
      headers.append('Contact', text);
    const response = { kind: 'response' as const, status: 302, reason: '', headers, body: Buffer.alloc(0) };
    expect(contactsOf(response).map(({ uri }) => uri)).toEqual(['sip:b@x', 'sip:a@x', 'sip:c@x']);
  });
});

describe('REFER (RFC 3515, 3891, 3892)', () => {
  it('gives its target, method and the dialog to replace', () => {
    expect(parseReferTo('<tel:+1555>')).toEqual({ uri: 'tel:+1555', method: 'INVITE', replaces: null });
    expect(parseReferTo('sip:a@b;method=BYE').method).toBe('INVITE');
    expect(parseReferTo('<sip:a@b;method=SUBSCRIBE>').method).toBe('SUBSCRIBE');
    const attended = parseReferTo(
      '"C" <sip:c@d?Subject=x&Replaces=12%40x%3Bto-tag%3Dt%3Bfrom-tag%3Df%3Bearly-only>',
    );
    expect(attended.replaces).toEqual({ callId: '12@x', toTag: 't', fromTag: 'f', earlyOnly: true });
    expect(parseReferredBy('<sip:a@b>;cid="1"').uri).toBe('sip:a@b');
    for (const text of ['', '<sip:a@b', '<sip:a@b?Replaces=x>', '<sip:a@b?Replaces=%ff>']) {
      expect(() => parseReferTo(text)).toThrow(SipParseError);
    }
  });
});
