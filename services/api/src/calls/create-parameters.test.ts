import { describe, expect, test } from 'vitest';
import { createEmergencyNumbers, EMERGENCY_REGIONS } from '../numbers/emergency-numbers.js';
import { readParameters } from '../parameters/read-parameters.js';
import { callRequestOf, createParameters } from './create-parameters.js';

const REQUIRED = { From: '+15559990000', To: '+15551230001', Url: 'https://example.com/script' };
const SET = createParameters(createEmergencyNumbers(EMERGENCY_REGIONS));

const readForm = (form: URLSearchParams) => callRequestOf(readParameters(SET, form).values);

function read(changes: Record<string, string> | [string, string][] = {}) {
  const more = Array.isArray(changes) ? changes : Object.entries(changes);
  const names = more.map(([name]) => name);
  return readForm(
    new URLSearchParams([...Object.entries(REQUIRED).filter(([name]) => !names.includes(name)), ...more]),
  );
}

test('the three required parameters are enough; the rest has defaults', () => {
  expect(read()).toEqual({
    from: '+15559990000',
    to: '+15551230001',
    instructions: {
      url: 'https://example.com/script',
      method: 'POST',
      fallbackUrl: null,
      fallbackMethod: 'POST',
      ringTimeoutSeconds: 60,
      markup: null,
      sendDigits: null,
      timeLimitSeconds: null,
      callerId: null,
      callee: 'any',
      sipHeaders: {},
      record: null,
      machineDetection: null,
    },
    statusCallback: null,
    metadata: {},
    sipAuth: null,
  });
});

test('every parameter is taken over', () => {
  const request = read({
    Method: 'get',
    FallbackUrl: 'http://example.com/fallback?a=1#frag',
    FallbackMethod: 'GET',
    StatusCallback: 'https://example.com/status',
    StatusCallbackMethod: 'Get',
    StatusCallbackEvent: 'answered',
    Timeout: '600',
    TimeLimit: '86400',
    SendDigits: 'ww12W#*ad',
    CallerId: '+1 (555) 123-0002',
    SipAuthUsername: 'alice',
    SipAuthPassword: 'secret',
    Record: 'True',
    RecordingChannels: 'dual',
    RecordingTrack: 'inbound',
    Trim: 'do-not-trim',
    RecordingStatusCallback: 'http://h/recorded',
    RecordingStatusCallbackMethod: 'GET',
    RecordingStatusCallbackEvent: 'in-progress absent',
    Metadata: '{"order":17,"vip":true}',
  });
  expect(request).toEqual({
    from: REQUIRED.From,
    to: REQUIRED.To,
    instructions: {
      url: 'https://example.com/script',
      method: 'GET',
      fallbackUrl: 'http://example.com/fallback?a=1#frag',
      fallbackMethod: 'GET',
      ringTimeoutSeconds: 600,
      markup: null,
      sendDigits: 'ww12ww#*AD',
      timeLimitSeconds: 86_400,
      callerId: '+15551230002',
      callee: 'any',
      sipHeaders: {},
      record: {
        channels: 'dual',
        track: 'inbound',
        trim: 'do-not-trim',
        callbackUrl: 'http://h/recorded',
        callbackMethod: 'GET',
        callbackEvents: ['in-progress', 'absent'],
      },
      machineDetection: null,
    },
    statusCallback: {
      url: 'https://example.com/status',
      method: 'GET',
      events: ['answered'],
      dueCount: 0,
    },
    metadata: { order: '17', vip: 'true' },
    sipAuth: { username: 'alice', password: 'secret' },
  });
});

test('complaints about missing parameters come in the order From, To, Url', () => {
  const complain = (form: string) => () => readForm(new URLSearchParams(form));
  expect(complain('')).toThrow('From is required');
  expect(complain('From=1&Url=x')).toThrow('To is required');
  expect(complain('From=1&To=2')).toThrow('Url is required');
  expect(complain('From=%20&To=2&Url=http://h')).toThrow('From is required');
});

test('a plus that was not percent-encoded is put back', () => {
  const request = readForm(new URLSearchParams('From=+15559990000&To=+49301234567&Url=http://h/'));
  expect([request.from, request.to]).toEqual(['+15559990000', '+49301234567']);
});

test('empty optional parameters count as absent, unknown ones are ignored', () => {
  const names = SET.names.filter((name) => !(name in REQUIRED) && name !== 'Metadata');
  const empty = Object.fromEntries(names.map((name) => [name, '']));
  expect(read({ ...empty, 'Metadata.a': '', Metadata: '', Byoc: 'x' })).toEqual(read());
});

describe('whom to call', () => {
  const callee = (To: string) => {
    const { to, instructions } = read({ To });
    return [to, instructions.callee, instructions.sipHeaders];
  };

  test.each([
    ['client:alice', 'alice', 'client'],
    ['CLIENT:Alice.B_-1', 'Alice.B_-1', 'client'],
    ['client:911', '911', 'client'],
    ['alice', 'alice', 'any'],
    ['+1 (555) 123-0001', '+15551230001', 'any'],
  ])('%s is %s', (given, to, kind) => {
    expect(callee(given)).toEqual([to, kind, {}]);
  });

  test('a client may be shown as caller', () => {
    const { from, instructions } = read({ From: 'client:bob', CallerId: 'client:carol' });
    expect([from, instructions.callerId]).toEqual(['bob', 'carol']);
  });

  test('headers for the INVITE may follow, and are given their X- when they have none', () => {
    expect(callee('client:alice?X-A=1&order=a%20b%3D&x-plus=+1&X-Empty=')).toEqual([
      'alice',
      'client',
      { 'X-A': '1', 'X-order': 'a b=', 'X-plus': '+1', 'X-Empty': '' },
    ]);
    expect(callee('+15551230001?')).toEqual(['+15551230001', 'any', {}]);
    const twenty = Array.from({ length: 20 }, (_, n) => `h${n}=${'%C3%A9'.repeat(400)}`).join('&');
    expect(Object.keys(callee(`bob?${twenty}`)[2] as object)).toHaveLength(20);
  });

  test.each([
    ['client:', 'must have 1 to 64 letters', 21211],
    ['client:a b', 'must have 1 to 64 letters', 21211],
    ['client:alice@example.com', 'must have 1 to 64 letters', 21211],
    ['client:alice;a=b', 'must have 1 to 64 letters', 21211],
    ['911?X-A=1', 'is an emergency number', 21202],
    ['?X-A=1', 'must be a number or a name', 21211],
    ['bob?X-A', 'must have headers like X-Name=value', 21211],
    ['bob?=1', 'must have headers like', 21211],
    ['bob?X-A=%zz', 'must have headers like', 21211],
    ['bob?X-A=%ff', 'must have headers like', 21211],
    ['bob?X%0d%0aEvil=1', 'must have headers like', 21211],
    ['bob?X-A=1%0d%0aEvil: 2', 'has a control character in X-A', 21211],
    ['bob?X-A=%00', 'has a control character in X-A', 21211],
    ['bob?X-A=1&x-a=2', 'has X-a twice', 21211],
    ['bob?A=1&X-A=2', 'has X-A twice', 21211],
    [`bob?X-A=${'%C3%A9'.repeat(513)}`, 'has more than 1024 bytes in X-A', 21211],
    [`bob?${Array.from({ length: 21 }, (_, n) => `h${n}=1`).join('&')}`, 'has more than 20 headers', 21211],
  ])('%j is refused', (To, complaint, code) => {
    expect(() => read({ To })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(complaint) }),
    );
    try {
      read({ To });
    } catch (error) {
      expect((error as { code(): number }).code()).toBe(code);
    }
  });
});

describe('markup', () => {
  const MARKUP = '<?xml version="1.0"?>\n<Response>\r\n\t<Hangup/>\n</Response>';
  const without = (form: Record<string, string>) => () => read({ Url: '', ...form });

  test('may be in the request, with its lines', () => {
    const { instructions } = without({ Twiml: MARKUP })();
    expect([instructions.url, instructions.markup]).toEqual([null, MARKUP]);
  });

  test('in the request gives way to a Url', () => {
    const { instructions } = read({ Twiml: MARKUP });
    expect([instructions.url, instructions.markup]).toEqual([REQUIRED.Url, null]);
  });

  test('is needed, and must look like it', () => {
    expect(without({})).toThrow('Url is required, or Twiml');
    expect(without({ Twiml: 'Hello' })).toThrow('Twiml must be markup');
    expect(without({ Twiml: `<${'x'.repeat(4000)}` })).toThrow('Twiml is longer than 4000 characters');
    expect(without({ Twiml: '<Say>\u0000</Say>' })).toThrow('Twiml has a control character');
  });

  test.each([
    '<Response/>',
    ' \n<!-- <Foo> & <!DOCTYPE a> --><?php a ?><Response/><!-- after -->',
    '<Response><Say voice="a">x &amp; y &#169;</Say><Unheard/></Response>',
    '<Response><Play><![CDATA[http://h/?a=1&b=2]]></Play></Response>',
    '<Response><Rébond a="1"/></Response >',
    '\ufeff<Response/>',
  ])('%j is taken', (markup) => {
    expect(without({ Twiml: markup })().instructions.markup).toBe(markup.trim());
  });

  test.each([
    ['<Response', 'Twiml is not well-formed XML'],
    ['<Response>', 'Twiml is not well-formed XML: line 1'],
    ['<Response><Say></Response>', 'Twiml is not well-formed XML'],
    ['<Response/><Response/>', 'Twiml is not well-formed XML'],
    ['<Response/>more', 'Twiml is not well-formed XML'],
    ['<Response>a & b</Response>', 'Twiml is not well-formed XML'],
    ['<Response><Play a=1/></Response>', 'Twiml is not well-formed XML'],
    ['<Response><Play a="1" a="2"/></Response>', 'Twiml is not well-formed XML'],
    ['<Foo/>', 'Twiml must have the root element Response, but has Foo'],
    ['<response/>', 'Twiml must have the root element Response, but has response'],
    ['<Response/><!-- --> more', 'something follows the root element'],
    ['<Response><Say>a&nbsp;b</Say></Response>', 'the entity &nbsp; is not one of'],
    ['<!DOCTYPE Response><Response/>', 'Twiml must have no DOCTYPE'],
    [
      '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><Response>&b;</Response>',
      'Twiml must have no DOCTYPE',
    ],
    ['<!-- <Response/> -->', 'Twiml is not well-formed XML'],
    [`<Response>${'<a>'.repeat(500)}${'</a>'.repeat(500)}</Response>`, 'Twiml must be markup'],
    ['<__proto__/>', 'Twiml must '],
    ['<?a?>'.repeat(700), 'Twiml '],
    ['<!--'.repeat(900), 'Twiml is not well-formed XML'],
    ['{"a":"<Response/>"}', 'Twiml must be markup'],
  ])('%j is refused', (markup, message) => {
    expect(without({ Twiml: markup })).toThrow(message);
    expect(() => read({ Twiml: markup })).toThrow(message);
  });

  test('of an application is refused, whatever else is given', () => {
    expect(() => read({ ApplicationSid: 'AP1' })).toThrow(
      'ApplicationSid is not possible: give Url or Twiml',
    );
  });
});

describe('StatusCallbackEvent', () => {
  const events = (...values: string[]) =>
    read([
      ['StatusCallback', 'http://h/'],
      ...values.map((value): [string, string] => ['StatusCallbackEvent', value]),
    ]).statusCallback?.events;

  test('is completed when absent', () => expect(events()).toEqual(['completed']));
  test('may be repeated', () => expect(events('ringing', 'initiated')).toEqual(['initiated', 'ringing']));
  test('may have commas', () =>
    expect(events('ringing, completed,ringing')).toEqual(['ringing', 'completed']));
  test('may have blanks', () => expect(events('Answered  completed')).toEqual(['answered', 'completed']));
  test.each([['ringing', 'hangup'], [' , ']])('must be known: %j', (...values) => {
    expect(() => events(...values)).toThrow(/^StatusCallbackEvent must be of initiated, /);
  });
});

describe('machine detection', () => {
  test('has the defaults that clients know', () => {
    expect(read({ MachineDetection: 'enable' }).instructions.machineDetection).toEqual({
      mode: 'Enable',
      timeoutMs: 30_000,
      speechThresholdMs: 2400,
      speechEndThresholdMs: 1200,
      silenceTimeoutMs: 5000,
      async: false,
      callbackUrl: null,
      callbackMethod: 'POST',
    });
  });

  test('is ignored with SendDigits', () => {
    const { instructions } = read({ MachineDetection: 'DetectMessageEnd', SendDigits: '1' });
    expect(instructions).toMatchObject({ machineDetection: null, sendDigits: '1' });
  });

  test.each([
    ['MachineDetectionTimeout', '3', '59'],
    ['MachineDetectionSpeechThreshold', '1000', '6000'],
    ['MachineDetectionSpeechEndThreshold', '500', '5000'],
    ['MachineDetectionSilenceTimeout', '2000', '10000'],
  ])('%s is from %s to %s', (name, min, max) => {
    for (const fit of [min, max]) expect(() => read({ [name]: fit })).not.toThrow();
    for (const unfit of [String(Number(min) - 1), String(Number(max) + 1)]) {
      expect(() => read({ [name]: unfit })).toThrow(`${name} must be a whole number from ${min} to ${max}`);
    }
  });
});

test("the original's names for a trunk's login are taken as well", () => {
  expect(read({ Username: 'u', Password: 'p' }).sipAuth).toEqual({ username: 'u', password: 'p' });
  expect(() => read({ SipAuthUsername: 'u' })).toThrow('SipAuthPassword is missing: give both, or neither');
  expect(() => read({ Password: 'p' })).toThrow('SipAuthUsername is missing: give both, or neither');
});

test.each([
  ['From', 'x'.repeat(129), 'From is longer than 128 characters', 21212],
  ['From', '+1', 'From is not a possible number', 21212],
  ['To', '+1555', 'To is not a possible number', 21211],
  ['To', 'sip:alice@example.com', 'To must be a number or a name: SIP and other URIs', 21211],
  ['To', '911', 'To is an emergency number', 21202],
  ['To', '911#', 'To is an emergency number', 21202],
  ['To', '*67911', 'To is an emergency number', 21202],
  ['To', '#31#112', 'To is an emergency number', 21202],
  ['To', '*82+1911', 'To is an emergency number', 21202],
  ['To', '*911', 'To is an emergency number', 21202],
  ['To', '911*', 'To is an emergency number', 21202],
  ['To', '９１１', 'To is an emergency number', 21202],
  ['To', '0011911', 'To is an emergency number', 21202],
  ['To', '911=', 'To must be a number or a name', 21211],
  ['From', '[911]', 'From must be a number or a name', 21212],
  ['To', '911;ext=1', 'To must be a number or a name', 21211],
  ['To', '9-1-1', 'To is an emergency number', 21202],
  ['To', '+33 15', 'To is an emergency number', 21202],
  ['To', '+1 (911)', 'To is an emergency number', 21202],
  ['From', '1\r\nVia: x', 'From has a control character', 21212],
  ['To', '1\0', 'To has a control character', 21211],
  ['Url', 'http://h/\r\n', 'Url has a control character', 21205],
  ['Url', '/relative', 'Url must be an absolute http or https URL', 21205],
  ['Url', 'http:h/', 'Url must be an absolute http or https URL', 21205],
  ['Url', 'http://h\\evil/', 'Url must be an absolute http or https URL', 21205],
  ['Url', `http://h/${'x'.repeat(2048)}`, 'Url is longer than 2048 characters', 21205],
  ['StatusCallback', 'nope', 'StatusCallback must be an absolute', 21609],
  ['AsyncAmdStatusCallback', 'nope', 'AsyncAmdStatusCallback must be an absolute', 20001],
  ['Method', 'PUT', 'Method must be GET or POST', 21209],
  ['Timeout', '0', 'Timeout must be a whole number from 1 to 600', 21208],
  ['Timeout', '601', 'Timeout must be a whole number from 1 to 600', 21208],
  ['Timeout', '1.5', 'Timeout must be a whole number from 1 to 600', 21208],
  ['Timeout', '1e2', 'Timeout must be a whole number from 1 to 600', 21208],
  ['TimeLimit', '0', 'TimeLimit must be a whole number from 1 to 86400', 20001],
  ['SendDigits', '12x', 'SendDigits must be 1 to 64 of 0-9', 21206],
  ['SendDigits', '1'.repeat(65), 'SendDigits must be 1 to 64 of 0-9', 21206],
  ['Record', 'yes', 'Record must be true or false', 20001],
  ['RecordingChannels', 'stereo', 'RecordingChannels must be one of mono, dual', 20001],
  ['MachineDetection', 'on', 'MachineDetection must be one of Enable, DetectMessageEnd', 20001],
  ['from', '1', 'from is not known: names are case-sensitive, write From', 20001],
])('%s=%j is refused', (name, value, message, code) => {
  const refusal = expect(() => read({ [name]: value }));
  refusal.toThrow(message);
  try {
    read({ [name]: value });
  } catch (error) {
    expect((error as { code(): number }).code()).toBe(code);
  }
});

test('an emergency number may call, and be shown', () => {
  expect(read({ From: '911', CallerId: '112' })).toMatchObject({
    from: '911',
    instructions: { callerId: '112' },
  });
});
