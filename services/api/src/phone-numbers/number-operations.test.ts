import { connect } from 'nats';
import twilio from 'twilio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCOUNT, basic } from '../testing/test-api.js';
import { startWholeApi, type WholeApi } from '../testing/whole-api.js';

/** Numbers over HTTP, on a real database and a real bus. */
let whole: WholeApi;
let client: twilio.Twilio;
let sub: { sid: string; token: string };

beforeAll(async () => {
  whole = await startWholeApi({ env: process.env, connect });
  client = clientOf(ACCOUNT);
  const { body } = await ask(ACCOUNT, 'POST', '/Accounts', { FriendlyName: 'Sub' });
  sub = { sid: String(body.sid), token: String(body.auth_token) };
}, 60_000);
afterAll(() => whole?.close());

interface Login {
  sid: string;
  token: string;
}

function clientOf({ sid, token }: Login): twilio.Twilio {
  const made = twilio(sid, token);
  made.api.baseUrl = whole.api.url;
  return made;
}

async function ask({ sid, token }: Login, method: string, path: string, form?: Record<string, string>) {
  const headers = { authorization: basic(sid, token), accept: 'application/json' };
  const response = await whole.api.send(method, `/2012-04-24${path}`, { headers, ...(form && { form }) });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

const told = (number: string) => whole.servers.directory.numberOf(number);

test('the official client makes, finds, reads, changes and removes numbers', async () => {
  const made = await client.incomingPhoneNumbers.create({
    phoneNumber: '+1 (555) 900-0001',
    voiceUrl: 'https://example.com/voice',
    voiceMethod: 'GET',
    statusCallback: 'https://example.com/status',
    smsUrl: 'https://example.com/sms',
  });
  expect(made).toMatchObject({
    ...{
      phoneNumber: '+15559000001',
      friendlyName: '+15559000001',
      accountSid: ACCOUNT.sid,
      status: 'in-use',
    },
    ...{ voiceUrl: 'https://example.com/voice', voiceMethod: 'GET', voiceFallbackUrl: null, smsUrl: null },
    ...{ statusCallback: 'https://example.com/status', statusCallbackMethod: 'POST', beta: false },
    ...{ capabilities: { voice: true, sms: false, mms: false, fax: false }, apiVersion: '2010-04-01' },
    uri: expect.stringMatching(/^\/2010-04-01\/Accounts\/AC\w+\/IncomingPhoneNumbers\/PN\w+\.json$/),
  });
  expect(Math.abs(made.dateCreated.getTime() - Date.now())).toBeLessThan(10_000);
  await expect.poll(() => told('15559000001')?.voice.url).toBe('https://example.com/voice');

  const found = await client.incomingPhoneNumbers.list({ phoneNumber: '900*001', limit: 20 });
  expect(found.map(({ sid }) => sid)).toEqual([made.sid]);
  expect(await client.incomingPhoneNumbers.list({ friendlyName: 'nobody', limit: 20 })).toEqual([]);

  const number = client.incomingPhoneNumbers(made.sid);
  const changed = await number.update({ friendlyName: 'Desk', voiceUrl: '', statusCallback: '' });
  expect(changed).toMatchObject({
    friendlyName: 'Desk',
    voiceUrl: null,
    voiceMethod: 'GET',
    statusCallback: null,
  });
  expect(await number.fetch()).toMatchObject({ sid: made.sid, friendlyName: 'Desk' });
  await expect.poll(() => told('+15559000001')?.voice.url).toBeNull();
  expect(await number.remove()).toBe(true);
  await expect.poll(() => told('+15559000001')).toBeNull();
  await expect(number.fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
});

test('a number has one owner in the cluster, with and without its plus', async () => {
  const path = `/Accounts/${sub.sid}/IncomingPhoneNumbers`;
  const { body } = await ask(ACCOUNT, 'POST', path, { PhoneNumber: '15559000002' });
  expect(body.phone_number).toBe('15559000002');
  const taken = await ask(ACCOUNT, 'POST', '/IncomingPhoneNumbers', { PhoneNumber: '+15559000002' });
  expect([taken.status, taken.body.code, taken.body.message]).toEqual([
    409,
    21422,
    'PhoneNumber is taken already',
  ]);
});

test('numbers are given by the account at the top: none below takes one, nor gives one to an account of its making', async () => {
  const { body: made } = await ask(sub, 'POST', '/Accounts', { FriendlyName: 'Below it' });
  const below = { sid: String(made.sid), token: String(made.auth_token) };
  for (const path of ['', `/Accounts/${sub.sid}`, `/Accounts/${below.sid}`]) {
    const form = { PhoneNumber: '+15559000010' };
    const { status, body } = await ask(sub, 'POST', `${path}/IncomingPhoneNumbers`, form);
    const message = expect.stringContaining('given by the account at the top');
    expect([status, body.code, body.message]).toEqual([403, 20403, message]);
  }
  const given = await ask(ACCOUNT, 'POST', `/Accounts/${below.sid}/IncomingPhoneNumbers`, {
    PhoneNumber: '+15559000010',
  });
  expect(given.status).toBe(201);
  const path = `/IncomingPhoneNumbers/${given.body.sid}`;
  const changed = await ask(below, 'POST', path, { VoiceUrl: 'https://example.com/mine' });
  expect([changed.status, changed.body.voice_url]).toEqual([200, 'https://example.com/mine']);
  expect((await ask(below, 'DELETE', path)).status).toBe(204);
});

test('an account sees its own; one above it manages them for it, also when it is closed', async () => {
  const path = `/Accounts/${sub.sid}/IncomingPhoneNumbers`;
  const made = await ask(ACCOUNT, 'POST', path, {
    PhoneNumber: '+15559000003',
    StatusCallbackEvent: 'ringing answered',
  });
  expect(made.body).toMatchObject({ account_sid: sub.sid, status_callback_event: ['ringing', 'answered'] });
  const { sid } = made.body;
  expect((await ask(ACCOUNT, 'GET', `/IncomingPhoneNumbers/${sid}`)).status).toBe(404);
  expect((await ask(sub, 'GET', `/IncomingPhoneNumbers/${sid}`)).status).toBe(200);
  const closed = await ask(ACCOUNT, 'POST', `/Accounts/${sub.sid}`, { Status: 'closed' });
  expect(closed.status).toBe(200);
  expect((await ask(ACCOUNT, 'POST', `${path}/${sid}`, { FriendlyName: 'x' })).status).toBe(403);
  expect((await ask(ACCOUNT, 'DELETE', `${path}/${sid}`)).status).toBe(204);
  expect((await ask(ACCOUNT, 'POST', '/IncomingPhoneNumbers', { PhoneNumber: '+15559000003' })).status).toBe(
    201,
  );
});

test.each([
  [{}, 'PhoneNumber is required', 21421],
  [{ PhoneNumber: 'alice' }, 'PhoneNumber must be a phone number', 21421],
  [{ PhoneNumber: '*43' }, 'PhoneNumber must be a phone number', 21421],
  [{ PhoneNumber: '+1' }, 'PhoneNumber is not a possible number', 21421],
  [{ AreaCode: '510' }, 'AreaCode is not possible: numbers come from your carrier', 21451],
  [{ PhoneNumber: '+15559000009', VoiceUrl: 'ftp://x' }, 'VoiceUrl must be an absolute http', 21402],
  [{ PhoneNumber: '+15559000009', VoiceMethod: 'PUT' }, 'VoiceMethod must be GET or POST', 21403],
  [{ PhoneNumber: '+15559000009', VoiceApplicationSid: 'AP1' }, 'VoiceApplicationSid is not possible', 20001],
  [{ PhoneNumber: '+15559000009', TrunkSid: 'TK1' }, 'TrunkSid is not possible', 20001],
  [{ PhoneNumber: '+15559000009', StatusCallbackEvent: 'never' }, 'StatusCallbackEvent must be of', 21626],
] as [Record<string, string>, string, number][])('%j is refused', async (form, complaint, code) => {
  const { status, body } = await ask(ACCOUNT, 'POST', '/IncomingPhoneNumbers', form);
  expect([status, body.message, body.code]).toEqual([400, expect.stringContaining(complaint), code]);
});

test('in a change the number and the account are refused', async () => {
  const { body } = await ask(ACCOUNT, 'POST', '/IncomingPhoneNumbers', { PhoneNumber: '+15559000005' });
  for (const form of [{ PhoneNumber: '+15559000006' }, { AccountSid: sub.sid }]) {
    const refused = await ask(ACCOUNT, 'POST', `/IncomingPhoneNumbers/${body.sid}`, form);
    expect([refused.status, refused.body.message]).toEqual([
      400,
      expect.stringContaining('cannot be changed'),
    ]);
  }
});
