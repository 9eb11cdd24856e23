import type { SipAddress } from '@trunkline/sip';
import { parseMessage } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { CARRIER, createInboundWorld, PAGE, type WorldOptions } from '../testing/inbound-bench.js';
import { createCaller, OFFER } from '../testing/inbound-parties.js';
import { passTime } from '../testing/pass-time.js';

const DIALER: SipAddress = { host: '192.0.2.9', port: 5060 };

async function start(options: WorldOptions = {}) {
  const at = await createInboundWorld(options);
  at.customer.pages[PAGE] = '<Say/><Pause length="30"/>';
  const dialer = await at.startDialer('d1', DIALER);
  return { ...at, dialer };
}

/** A carrier that writes its own messages. */
async function startByHand(options: WorldOptions = {}) {
  const at = await start(options);
  const wire = at.network.attach(CARRIER);
  const came: string[] = [];
  wire.onMessage((data) => came.push(data.toString('utf8')));
  const send = (
    method: string,
    { uri = 'sip:our-login@192.0.2.9', headers = [] as string[], body = '' } = {},
  ) => {
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${method === 'CANCEL' ? 'INVITE' : method}`,
      'Max-Forwards: 70',
      ...(headers.some((line) => line.startsWith('From'))
        ? []
        : ['From: "Anna" <sip:+15557770000@carrier.test>;tag=a']),
      ...(headers.some((line) => line.startsWith('To')) ? [] : ['To: <sip:15551230001@192.0.2.9>']),
      'Call-ID: by-hand',
      `CSeq: 1 ${method}`,
      'Contact: <sip:192.0.2.1:5060>',
      ...headers,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    wire.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`), DIALER);
  };
  const answer = () => {
    const text = came.find((one) => one.startsWith('SIP/2.0 200'));
    if (text === undefined) throw new Error(`there was no 200 among ${came.length} messages`);
    return parseMessage(Buffer.from(text));
  };
  const statuses = () => came.filter((one) => one.startsWith('SIP/2.0')).map((one) => one.slice(8, 11));
  return { ...at, came, send, answer, statuses };
}

test('an INVITE without an offer gets ours, and its markup speaks once the ACK has brought the answer', async () => {
  const at = await startByHand();
  at.send('INVITE');
  await passTime(at.clock, 1_000);
  expect(at.answer().body.toString()).toBe('our sdp');
  const [media] = at.dialer.media;
  expect(media?.log).toEqual(['sdp ']);
  const to = at.answer().headers.get('To') ?? '';
  at.send('ACK', { headers: [`To: ${to}`], body: OFFER });
  await passTime(at.clock, 1_000);
  expect(media?.log).toEqual(['sdp ', `sdp ${OFFER}`, 'start']);
  expect(at.story().call?.status).toBe('in-progress');
});

test('an ACK whose answer is no good ends the call', async () => {
  const at = await startByHand();
  at.send('INVITE');
  await passTime(at.clock, 1_000);
  at.send('ACK', { headers: [`To: ${at.answer().headers.get('To')}`], body: 'broken' });
  await passTime(at.clock, 1_000);
  expect(at.came.some((text) => text.startsWith('BYE '))).toBe(true);
  expect(at.story().call).toMatchObject({ status: 'failed', endReason: 'media-failed' });
});

test('a carrier that calls the contact that we registered is understood by its To', async () => {
  const at = await startByHand();
  at.send('INVITE', { body: OFFER });
  await passTime(at.clock, 500);
  expect(at.story().call).toMatchObject({ to: '+15551230001', from: '+15557770000', callerName: 'Anna' });
});

test.each([
  ['sip:%2B15551230001@192.0.2.9'],
  ['sip:+15551230001;npdi=yes@192.0.2.9;user=phone'],
  ['tel:+1-555-123-0001'],
])('a number is a number however it is written: %s', async (uri) => {
  const at = await startByHand();
  at.send('INVITE', { uri, headers: ['To: <sip:else@x>'], body: OFFER });
  await passTime(at.clock, 500);
  expect(at.story().call?.to).toBe('+15551230001');
});

test('a caller who hides is anonymous, whatever the carrier asserts', async () => {
  const at = await startByHand();
  const headers = ['P-Asserted-Identity: "Anna" <tel:+15557770000>', 'Privacy: id'];
  at.send('INVITE', { headers, body: OFFER });
  await passTime(at.clock, 500);
  expect(at.story().call).toMatchObject({ from: 'anonymous', callerName: null });
});

test('a caller who goes before anybody holds the call is told as gone', async () => {
  const at = await startByHand();
  at.send('INVITE', { body: OFFER });
  at.send('CANCEL');
  await passTime(at.clock, 1_000);
  expect(at.statuses()).toEqual(expect.arrayContaining(['200', '487']));
  expect(at.story().names).toEqual(['ringing', 'canceled']);
  expect(at.story().call).toMatchObject({ endReason: 'caller-gone', price: '0.00' });
  expect(at.customer.asked).toEqual([]);
  expect(at.dialer.calls.size()).toBe(0);
});

test('a trunk that knows us by another address is shown that one', async () => {
  const at = await startByHand({ trunk: { publicAddress: '198.51.100.99' } });
  at.send('INVITE');
  await passTime(at.clock, 500);
  expect(at.answer().headers.get('Contact')).toContain('198.51.100.99');
});

test('a re-INVITE is answered, or refused while the call goes on', async () => {
  const at = await start();
  const carrier = createCaller(at.agentAt(CARRIER), DIALER);
  const call = carrier.call(at.number.phoneNumber);
  await passTime(at.clock, 1_000);
  const results: unknown[] = [];
  call.renegotiate(`${OFFER}a=sendonly\r\n`, (result) => results.push(result));
  await passTime(at.clock, 1_000);
  call.renegotiate('broken', (result) => results.push(result));
  await passTime(at.clock, 1_000);
  expect(results).toMatchObject([
    { ok: true, answer: 'our sdp' },
    { ok: false, status: 488 },
  ]);
  expect(at.story().call?.status).toBe('in-progress');
});

test('a trunk that wants reliable provisional responses gets them', async () => {
  const at = await start({ trunk: { reliableProvisionals: 'required' } });
  const carrier = createCaller(at.agentAt(CARRIER), DIALER);
  carrier.call(at.number.phoneNumber);
  await passTime(at.clock, 1_000);
  expect(at.network.sent.some(({ text }) => text.startsWith('PRACK '))).toBe(true);
  expect(carrier.heard).toEqual(['180', '200']);
});
