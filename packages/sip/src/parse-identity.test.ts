import { describe, expect, it } from 'vitest';
import { UnsafeValueError } from './errors.js';
import type { SipRequest } from './message.js';
import { SipHeaders } from './message-headers.js';
import { callerOf, extensionHeadersOf, formatIdentity, forwardedFromOf } from './parse-identity.js';

const FROM = '"Desk" <sip:100@pbx.example>;tag=1';

function invite(...headers: [string, string][]): SipRequest {
  const all = new SipHeaders();
  if (!headers.some(([name]) => name === 'From')) all.append('From', FROM);
  for (const [name, value] of headers) all.append(name, value);
  return { kind: 'request', method: 'INVITE', uri: 'sip:x@y', headers: all, body: Buffer.alloc(0) };
}

const trusted = { trusted: true };
const HIDDEN = { user: 'anonymous', displayName: null, anonymous: true };

describe('the caller', () => {
  it('is who is asserted by a trusted peer, otherwise From', () => {
    const request = invite([
      'P-Asserted-Identity',
      '"Acme, Inc" <sip:+15551230000@carrier.example;user=phone>',
    ]);
    expect(callerOf(request, trusted)).toEqual({
      user: '+15551230000',
      displayName: 'Acme, Inc',
      anonymous: false,
    });
    expect(callerOf(request, { trusted: false })).toEqual({
      user: '100',
      displayName: 'Desk',
      anonymous: false,
    });
  });

  it('is the number when a name and a number are asserted, in one line or two', () => {
    const name = '"Acme" <sip:sales@acme.example>';
    const number = '<tel:+1-555-123-0000>';
    for (const request of [
      invite(['P-Asserted-Identity', `${name}, ${number}`]),
      invite(['P-Asserted-Identity', number], ['P-Asserted-Identity', name]),
    ]) {
      expect(callerOf(request, trusted)).toEqual({
        user: '+1-555-123-0000',
        displayName: 'Acme',
        anonymous: false,
      });
    }
  });

  it('is Remote-Party-ID where nothing is asserted, and only the calling party', () => {
    const called = '<sip:999@x>;party=called';
    const calling = '"Joe" <sip:200@x>;party=calling;screen=yes;privacy=off';
    expect(callerOf(invite(['Remote-Party-ID', called], ['Remote-Party-ID', calling]), trusted).user).toBe(
      '200',
    );
    expect(callerOf(invite(['Remote-Party-ID', '<sip:200@x>;privacy=full']), trusted)).toEqual(HIDDEN);
    expect(callerOf(invite(['Remote-Party-ID', '<sip:200@x>;privacy="name-off"']), trusted).user).toBe('200');
    expect(callerOf(invite(['Remote-Party-ID', called]), trusted).user).toBe('100');
  });

  it('is withheld when privacy is asked for, whoever was asserted', () => {
    const asserted: [string, string] = ['P-Asserted-Identity', '<sip:+15551230000@x>'];
    for (const privacy of ['id', 'ID;critical', 'header; user', 'none, id', 'full']) {
      expect(callerOf(invite(asserted, ['Privacy', privacy]), trusted)).toEqual(HIDDEN);
    }
    expect(callerOf(invite(asserted, ['Privacy', 'none']), trusted).anonymous).toBe(false);
    expect(
      callerOf(invite(['From', '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1']), trusted),
    ).toEqual(HIDDEN);
    expect(callerOf(invite(['From', '<sip:Restricted@10.0.0.1>;tag=1']), trusted)).toEqual(HIDDEN);
    expect(callerOf(invite(['From', '<sip:10.0.0.1>;tag=1']), trusted)).toEqual(HIDDEN);
  });

  it('has no control characters, and is no fault of a header that cannot be read', () => {
    const caller = callerOf(invite(['From', '"A\\\u0000\u001b[31m" <sip:1%00%0d%0a2@x>;tag=1']), trusted);
    expect(caller).toEqual({ user: '1   2', displayName: 'A  [31m', anonymous: false });
    expect(
      callerOf(invite(['P-Asserted-Identity', '"open <sip:1@x>'], ['Privacy', ';;']), trusted).user,
    ).toBe('100');
    expect(callerOf(invite(['From', 'nothing']), trusted)).toEqual(HIDDEN);
  });
});

describe('the number that a call was forwarded from', () => {
  const from = (...values: string[]) =>
    forwardedFromOf(invite(...values.map((v): [string, string] => ['Diversion', v])));
  const history = (value: string, ...more: [string, string][]) =>
    forwardedFromOf(invite(['History-Info', value], ...more));

  it('is the topmost Diversion', () => {
    expect(from()).toBeNull();
    expect(from('<sip:+1555@x>;reason=unconditional;counter=1')).toBe('+1555');
    expect(from('"Desk" <tel:+1555>;reason=no-answer, <sip:+1666@x>;reason=user-busy')).toBe('+1555');
    expect(from('<sip:1@x>', '<sip:2@x>')).toBe('1');
    expect(from('<sip:1@x>;privacy=full')).toBeNull();
    expect(from('<sip:1@x>;privacy="off"')).toBe('1');
    expect(from('<sip:anonymous@anonymous.invalid>')).toBeNull();
    expect(from('broken <')).toBeNull();
  });

  it('is, by History-Info, whose entry the last mapping points at (RFC 7044)', () => {
    const bob = '<sip:bob@a.example>;index=1';
    expect(history(`${bob}, <sip:bob@192.0.2.4>;index=1.1;rc=1, <sip:carol@b.example>;index=1.2;mp=1`)).toBe(
      'bob',
    );
    expect(
      history(
        `${bob},<sip:carol@b>;index=1.1;mp=1,<sip:dave@c>;index=1.1.1;mp=1.1,<sip:dave@d>;index=1.1.1.1;rc=1.1.1`,
      ),
    ).toBe('carol');
  });

  it('is, without marks, who comes before the target with a cause, or before the last other user', () => {
    expect(
      history('<sip:+1555@x>;index=1, <sip:+1666@x;cause=302>;index=1.1, <sip:+1777@y>;index=1.1.1'),
    ).toBe('+1555');
    expect(history('<sip:+1555@x?Reason=SIP%3Bcause%3D302>;index=1,<sip:+1666@x>;index=1.1')).toBe('+1555');
    expect(history('<sip:+1555@x>;index=1,<sip:+1555@192.0.2.7>;index=1.1')).toBeNull();
    expect(history('<sip:+1555@x>;index=1')).toBeNull();
  });

  it('is withheld when the history is', () => {
    const two = '<sip:+1555@x>;index=1,<sip:+1666@x>;index=1.1';
    expect(history(two, ['Privacy', 'history'])).toBeNull();
    expect(history('<sip:+1555@x?Privacy=history>;index=1,<sip:+1666@x>;index=1.1;mp=1')).toBeNull();
    expect(history(two, ['Diversion', '<sip:+1888@x>'])).toBe('+1888');
  });
});

describe('headers that are told on', () => {
  it('are those that begin with X-, at most 32 of them and 1 KB each, without controls', () => {
    expect(
      extensionHeadersOf(invite(['X-Ticket', '42'], ['x-a', 'é\u0000'], ['Subject', 'no'], ['X-', 'no'])),
    ).toEqual([
      ['X-Ticket', '42'],
      ['x-a', 'é '],
    ]);
    const many = Array.from({ length: 40 }, (_, at): [string, string] => [`X-${at}`, '']);
    expect(extensionHeadersOf(invite(['X-Long', 'x'.repeat(1025)], ...many))).toEqual(many.slice(0, 32));
  });
});

describe('an identity that we write', () => {
  const identity = { uri: 'sip:+15551230000@x;user=phone', displayName: 'A "B"' };

  it('has the form of its header', () => {
    expect(formatIdentity('P-Asserted-Identity', identity)).toBe(
      '"A \\"B\\"" <sip:+15551230000@x;user=phone>',
    );
    expect(formatIdentity('P-Preferred-Identity', { uri: 'tel:+1555', displayName: null })).toBe(
      '<tel:+1555>',
    );
    expect(formatIdentity('Remote-Party-ID', { ...identity, hidden: true })).toMatch(
      /;party=calling;screen=yes;privacy=full$/,
    );
    expect(
      callerOf(invite(['Remote-Party-ID', formatIdentity('Remote-Party-ID', identity)]), trusted),
    ).toEqual({
      user: '+15551230000',
      displayName: 'A "B"',
      anonymous: false,
    });
  });

  it.each([
    { displayName: 'x\r\nVia: evil' },
    { displayName: 'x\u0000' },
    { uri: 'sip:a@b>\r\nX: y' },
    { uri: 'sip:a@b>, <sip:c@d' },
    { uri: 'javascript:1' },
    { uri: '' },
  ])('is refused with %j', (bad) => {
    for (const header of ['P-Asserted-Identity', 'Remote-Party-ID'] as const) {
      expect(() => formatIdentity(header, { ...identity, ...bad })).toThrow(UnsafeValueError);
    }
  });
});
