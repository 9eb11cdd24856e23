import { describe, expect, it } from 'vitest';
import type { SipRequest } from './message.js';
import { parseMessage } from './parse-message.js';
import { type KnownBinding, planRegister, type RegisterLimits } from './registrar.js';

const LIMITS: RegisterLimits = {
  nowMs: 1_000_000,
  minSeconds: 60,
  maxSeconds: 3600,
  defaultSeconds: 300,
  maxContacts: 3,
};

function register(headers: string[], { cseq = 2, callId = 'c1' } = {}): SipRequest {
  const lines = [
    'REGISTER sip:example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1',
    'From: <sip:bob@example.com>;tag=a',
    'To: <sip:bob@example.com>',
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    ...headers,
    'Content-Length: 0',
  ];
  return parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)) as SipRequest;
}

function binding(contact: string, more: Partial<KnownBinding> = {}): KnownBinding {
  return { contact, callId: 'c1', cseq: 1, expiresAtMs: 1_100_000, q: 1, instanceId: null, ...more };
}

const PHONE = 'sip:bob@192.0.2.2:5070';
const DESK = 'sip:bob@192.0.2.3';

function plan(headers: string[], known: KnownBinding[] = [], more: Partial<RegisterLimits> = {}) {
  return planRegister(register(headers), known, { ...LIMITS, ...more });
}

const contactsOf = (bindings: readonly KnownBinding[]) => bindings.map(({ contact }) => contact);

describe('a REGISTER', () => {
  it('binds a Contact, and is answered with everything that is bound and for how long yet', () => {
    const desk = binding(DESK, { q: 0.5, expiresAtMs: 1_000_500 });
    const planned = plan([`Contact: "B" <${PHONE}>;expires=90`], [desk]);
    expect(planned).toMatchObject({ status: 200, changed: true });
    expect(planned.bindings).toEqual([desk, binding(PHONE, { cseq: 2, expiresAtMs: 1_090_000 })]);
    expect(planned.headers).toEqual([
      ['Contact', `<${DESK}>;expires=1;q=0.5`],
      ['Contact', `<${PHONE}>;expires=90`],
    ]);
  });

  it('without a Contact asks what is bound, and changes nothing', () => {
    const known = [binding(PHONE), binding(DESK, { expiresAtMs: 1_000_000 })];
    const planned = plan([], known);
    expect(planned).toMatchObject({ status: 200, changed: false, bindings: [known[0]] });
    expect(planned.headers).toEqual([['Contact', `<${PHONE}>;expires=100`]]);
  });

  it.each([
    ['the Contact before the header', ['Contact: <sip:a@b>;expires=90', 'Expires: 200'], 90],
    ['the header', ['Contact: <sip:a@b>', 'Expires: 200'], 200],
    ['neither', ['Contact: <sip:a@b>'], 300],
    ['what cannot be read', ['Contact: <sip:a@b>;expires=soon', 'Expires: never'], 300],
    ['more than there is', ['Contact: <sip:a@b>;expires=99999999999'], 3600],
  ])('is good for what it asks: %s', (_, headers, seconds) => {
    expect(plan(headers).bindings[0]?.expiresAtMs).toBe(LIMITS.nowMs + seconds * 1000);
  });

  it('for too short a time is 423, and says what would do', () => {
    const known = [binding(DESK)];
    const planned = plan([`Contact: <${PHONE}>`, 'Expires: 59'], known);
    expect(planned).toEqual({
      status: 423,
      headers: [['Min-Expires', '60']],
      bindings: known,
      changed: false,
    });
  });

  it('for no time takes the Contact back, one that was not there too', () => {
    const planned = plan(
      [`Contact: <${PHONE}>;expires=0, <sip:x@y>;expires=0`],
      [binding(PHONE), binding(DESK)],
    );
    expect(contactsOf(planned.bindings)).toEqual([DESK]);
  });

  it('with several Contacts is all or nothing', () => {
    const both = plan([`Contact: <${PHONE}>;q=0.7, <${DESK}>;expires=100`]);
    expect(both.bindings.map(({ contact, q }) => [contact, q])).toEqual([
      [PHONE, 0.7],
      [DESK, 1],
    ]);
    expect(plan([`Contact: <${PHONE}>, <${DESK}>;expires=1`])).toMatchObject({ status: 423, bindings: [] });
    expect(contactsOf(plan([`Contact: <${PHONE}>, <${PHONE}>`]).bindings)).toEqual([PHONE]);
  });

  it.each([
    ['no SIP address', ['Contact: <tel:+15551112222>']],
    ['a wildcard with another', [`Contact: *, <${PHONE}>`, 'Expires: 0']],
    ['a wildcard that would stay', ['Contact: *', 'Expires: 60']],
    ['a wildcard without a word', ['Contact: *']],
  ])('with %s is 400', (_, headers) => {
    expect(plan(headers, [binding(DESK)])).toMatchObject({ status: 400, changed: false });
  });
});

describe('a wildcard', () => {
  it('takes all back', () => {
    const planned = plan(['Contact: *', 'Expires: 0'], [binding(PHONE), binding(DESK, { callId: 'other' })]);
    expect(planned).toEqual({ status: 200, headers: [], bindings: [], changed: true });
  });

  it('that is older than one of them takes none', () => {
    const known = [binding(PHONE), binding(DESK, { cseq: 2 })];
    expect(plan(['Contact: *', 'Expires: 0'], known)).toMatchObject({ status: 400, bindings: known });
  });
});

describe('order', () => {
  it('within a Call-ID goes up: the same and an older CSeq are refused', () => {
    const known = [binding(PHONE, { cseq: 2 })];
    expect(plan([`Contact: <${PHONE}>;expires=0`], known)).toMatchObject({ status: 400, bindings: known });
    const newer = planRegister(register([`Contact: <${PHONE}>;expires=0`], { cseq: 3 }), known, LIMITS);
    expect(newer.bindings).toEqual([]);
  });

  it('another Call-ID counts anew', () => {
    const known = [binding(PHONE, { cseq: 900, callId: 'before' })];
    expect(plan([`Contact: <${PHONE}>`], known).bindings).toMatchObject([{ cseq: 2, callId: 'c1' }]);
  });
});

describe('the same device', () => {
  it.each([
    ['another case of the host, escapes', 'sip:%62ob@PHONE.example', 'sip:bob@phone.example', true],
    ['a parameter that tells nothing', `${PHONE};ob`, PHONE, true],
    ['another user', 'sip:Bob@192.0.2.2:5070', PHONE, false],
    ['a port that is written', `${DESK}:5060`, DESK, false],
    ['another transport', `${PHONE};transport=tcp`, PHONE, false],
    ['another scheme', 'sips:bob@192.0.2.3', DESK, false],
  ])('%s', (_, contact, known, isSame) => {
    expect(plan([`Contact: <${contact}>`], [binding(known)]).bindings).toHaveLength(isSame ? 1 : 2);
  });

  it('takes its own place when it comes from another address (RFC 5626)', () => {
    const instance = '+sip.instance="<urn:uuid:1>"';
    const first = plan([`Contact: <${PHONE}>;${instance}`]);
    expect(first.headers[0]?.[1]).toBe(`<${PHONE}>;expires=300;+sip.instance="<urn:uuid:1>"`);
    const moved = planRegister(
      register([`Contact: <${DESK}>;${instance};reg-id=1`], { callId: 'c2' }),
      first.bindings,
      LIMITS,
    );
    expect(contactsOf(moved.bindings)).toEqual([DESK]);
    const second = planRegister(
      register([`Contact: <${PHONE}>;${instance};reg-id=2`], { callId: 'c3' }),
      moved.bindings,
      LIMITS,
    );
    expect(contactsOf(second.bindings)).toEqual([DESK, PHONE]);
    expect(second.headers[1]?.[1]).toContain('+sip.instance="<urn:uuid:1>";reg-id=2');
  });
});

describe('more devices than there may be', () => {
  it('push out those whose bindings end first', () => {
    const known = [1, 3, 2].map((n) =>
      binding(`sip:bob@192.0.2.${n}`, { expiresAtMs: 1_000_000 + n * 1000 }),
    );
    const planned = plan(['Contact: <sip:new@192.0.2.9>'], known);
    expect(contactsOf(planned.bindings)).toEqual([
      'sip:bob@192.0.2.3',
      'sip:bob@192.0.2.2',
      'sip:new@192.0.2.9',
    ]);
  });

  it('in one request are 403', () => {
    const headers = [`Contact: ${[1, 2, 3, 4].map((n) => `<sip:bob@192.0.2.${n}>`).join(', ')}`];
    expect(plan(headers)).toMatchObject({ status: 403, changed: false });
  });
});
