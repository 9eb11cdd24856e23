import { afterEach, beforeEach, expect, test } from 'vitest';
import { sdp } from '../../support/sdp.js';
import { headerOf, TestedAgent } from './tested-agent.js';

let tested: TestedAgent;

beforeEach(async () => {
  tested = await TestedAgent.start();
});

afterEach(() => tested.close());

test('a reliable 183 and 180 are confirmed by PRACK, a repeated one by the same PRACK', async () => {
  const { call, diary } = tested.place(await tested.play('reliable-183', { seesRepeats: true }));
  const { answer } = await diary.of('answered');
  call.bye();
  await tested.finished();
  const provisionals = diary.entries.flatMap((one) => (one.kind === 'provisional' ? one.provisional : []));
  expect(provisionals).toMatchObject([
    { status: 183, reliable: true, contentType: 'application/sdp' },
    { status: 180, reliable: true },
  ]);
  // The 200 has none: what was agreed upon in the 183 holds.
  expect(answer.body.toString()).toContain('m=audio');
  const [first, again, second] = tested.messages('> PRACK');
  expect(again).toBe(first);
  expect(headerOf(second, 'RAck')).toBe('4712 1 INVITE');
});

test('over TCP, PRACK, UPDATE and BYE go by the connection that the call began with', async () => {
  const { call, diary } = tested.place(await tested.play('early-update', { protocol: 'TCP' }), {
    protocol: 'TCP',
    answerOffer: () => sdp(4000, 'recvonly'),
  });
  await diary.of('answered');
  expect(tested.agent.counts().transport.connections).toBe(1);
  call.bye();
  await tested.finished();
  expect(headerOf(tested.messages('> BYE')[0], 'Via')).toContain('SIP/2.0/TCP');
});

test('early media moves by UPDATE, before the answer', async () => {
  const { call, diary } = tested.place(await tested.play('early-update'), {
    answerOffer: () => sdp(4000, 'recvonly'),
  });
  expect((await diary.of('offer')).sdp).toContain('a=sendonly');
  await diary.of('answered');
  call.bye();
  await tested.finished();
  expect(diary.entries.map(({ kind }) => kind)).toEqual([
    'sent',
    'provisional',
    'offer',
    'answered',
    'ended',
  ]);
});

test('hold by re-INVITE, and back: each offer is answered, and their BYE ends it', async () => {
  const answers = [sdp(4000, 'recvonly'), sdp(4000)];
  const { diary } = tested.place(await tested.play('holds'), {
    answerOffer: () => answers.shift() as string,
  });
  await tested.finished();
  expect(diary.entries.filter(({ kind }) => kind === 'offer')).toHaveLength(2);
  expect((await diary.of('ended')).end).toMatchObject({ kind: 'bye', side: 'remote' });
});

test('hold by UPDATE in the dialog', async () => {
  const { diary } = tested.place(await tested.play('holds-by-update'), {
    answerOffer: () => sdp(4000, 'recvonly'),
  });
  await tested.finished();
  expect((await diary.of('offer')).sdp).toContain('a=sendonly');
});

test('a re-INVITE without an offer is answered with ours, and their answer comes in the ACK', async () => {
  const { call, diary } = tested.place(await tested.play('asks-for-offer'), { answerOffer: () => sdp(4000) });
  expect((await diary.of('offer')).sdp).toBe('');
  expect((await diary.of('offer-answered')).sdp).toContain('m=audio');
  call.bye();
  await tested.finished();
});

test('we put the far end on hold', async () => {
  const { call, diary } = tested.place(await tested.play('is-held'));
  await diary.of('answered');
  const result = await new Promise((done) => call.renegotiate(sdp(4000, 'sendonly'), done));
  expect(result).toMatchObject({ ok: true, answer: expect.stringContaining('a=recvonly') });
  call.bye();
  await tested.finished();
});

test('glare: their re-INVITE is answered 491, and ours comes again after theirs was', async () => {
  const { call, diary } = tested.place(await tested.play('glares'));
  await diary.of('answered');
  const result = await new Promise((done) => call.renegotiate(sdp(4000, 'sendonly'), done));
  expect(result).toMatchObject({ ok: true });
  call.bye();
  await tested.finished();
  expect(tested.messages('> 491 INVITE')).toHaveLength(1);
  expect(tested.messages('> INVITE')).toHaveLength(3);
});

test('a re-INVITE that meets no dialog ends the call, without a BYE', async () => {
  const { call, diary } = tested.place(await tested.play('forgets-dialog'));
  await diary.of('answered');
  call.renegotiate(sdp(4000, 'sendonly'), () => {});
  expect((await diary.of('ended')).end).toEqual({ kind: 'dialog-lost' });
  await tested.finished();
  expect(tested.messages('> BYE')).toEqual([]);
});

test('REFER is refused with 603 unless it was allowed', async () => {
  const { call, diary } = tested.place(await tested.play('transfers-in-vain'));
  await tested.seen('> 603 REFER');
  call.bye();
  await tested.finished();
  expect(diary.entries.map(({ kind }) => kind)).not.toContain('refer');
});

test('an allowed REFER is accepted with 202, and NOTIFY tells how the transfer goes', async () => {
  const { call, diary } = tested.place(await tested.play('transfers'), { allowRefer: true });
  const { refer } = await diary.of('refer');
  expect(refer.referTo).toMatch(/^sip:\+15556667777@127\.0\.0\.1:/);
  expect(refer.referredBy).toBe('sip:sipp@127.0.0.1');
  refer.accept().notify(200, 'OK');
  await tested.seen('< 200 NOTIFY');
  await tested.passed.waitFor('both were confirmed', () => tested.messages('< 200 NOTIFY').length === 2);
  call.bye();
  await tested.finished();
});

test('digits by INFO are told, and the cause of a BYE is read', async () => {
  const { diary } = tested.place(await tested.play('sends-digits'));
  expect(await diary.of('info')).toMatchObject({
    contentType: 'application/dtmf-relay',
    body: expect.stringContaining('Signal=5'),
  });
  expect((await diary.of('ended')).end).toEqual({ kind: 'bye', side: 'remote', q850: 31, status: null });
  await tested.finished();
});

test('a dialog goes on through the proxy that recorded its route', async () => {
  const { call, diary } = tested.place(await tested.play('record-routes'));
  await diary.of('answered');
  call.bye();
  await tested.finished();
});

test('a dialog goes on through a strict router: the Request-URI is its own, the target the last Route', async () => {
  const { call, diary } = tested.place(await tested.play('strict-routes'));
  await diary.of('answered');
  call.bye();
  await tested.finished();
});

test('both hang up at once: both BYEs are confirmed', async () => {
  const { call, diary } = tested.place(await tested.play('hangs-up-too'));
  await diary.of('answered');
  call.bye();
  expect((await diary.of('ended')).end).toMatchObject({ kind: 'bye' });
  await tested.finished();
  expect(tested.messages('> 200 BYE')).toHaveLength(1);
});
