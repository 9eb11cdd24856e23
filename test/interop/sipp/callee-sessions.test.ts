import { expect, type TestContext, test } from 'vitest';
import { sdp } from '../../support/sdp.js';
import { headerOf, TestedAgent } from './tested-agent.js';

/** A session of 90 s, the shortest that RFC 4028 allows, is over in less than 5. */
const SPEED = 20;

/** With timers that go faster than SIPp's, and together, since most of the time is spent waiting. */
async function begin({ onTestFinished }: TestContext): Promise<TestedAgent> {
  const tested = await TestedAgent.start(SPEED);
  onTestFinished(() => tested.close());
  return tested;
}

test.concurrent('they keep the session alive by UPDATE', async (context) => {
  const tested = await begin(context);
  const callee = await tested.play('refreshes-by-update');
  const { call } = tested.place(callee);
  await tested.seen('> 200 UPDATE');
  call.bye();
  await tested.finished();
});

test.concurrent('they keep the session alive by re-INVITE, and nothing is negotiated', async (context) => {
  const tested = await begin(context);
  const callee = await tested.play('refreshes-by-reinvite');
  const { call } = tested.place(callee, { answerOffer: () => sdp(4000) });
  await tested.seen('> 200 INVITE');
  await tested.passed.waitFor(
    'the ACK of the re-INVITE',
    ({ direction, what }) => direction === 'in' && what === 'ACK',
  );
  call.bye();
  await tested.finished();
});

test.concurrent('we keep the session alive by UPDATE without SDP at half of the interval, again and again', async (context) => {
  const tested = await begin(context);
  const callee = await tested.play('is-refreshed-by-update');
  const { diary } = tested.place(callee);
  const answeredAt = await diary.of('answered').then(() => performance.now());
  await tested.seen('> UPDATE');
  const seconds = ((performance.now() - answeredAt) * SPEED) / 1000;
  expect(seconds).toBeGreaterThan(44);
  expect(seconds).toBeLessThan(60);
  await tested.finished();
  expect((await diary.of('ended')).end).toMatchObject({ kind: 'bye', side: 'remote' });
});

test.concurrent('we keep the session alive by re-INVITE with the same SDP where UPDATE is not taken', async (context) => {
  const tested = await begin(context);
  const callee = await tested.play('is-refreshed-by-reinvite');
  const { diary } = tested.place(callee);
  await tested.finished();
  expect((await diary.of('ended')).end).toMatchObject({ kind: 'bye', side: 'remote' });
  const [first, second] = tested.messages('> INVITE').map((text) => text.split('\r\n\r\n')[1]);
  expect(second).toBe(first);
});

test.concurrent('a session that they let run out is ended by BYE before its time is over', async (context) => {
  const tested = await begin(context);
  const callee = await tested.play('lets-session-expire');
  const { diary } = tested.place(callee);
  expect((await diary.of('ended')).end).toEqual({ kind: 'session-expired' });
  await tested.finished();
});

test.concurrent('422: the INVITE comes again with the interval that they want', async (context) => {
  const tested = await begin(context);
  const callee = await tested.play('wants-longer-session');
  const { call, diary } = tested.place(callee, { sessionExpiresSeconds: 90 });
  await diary.of('answered');
  call.bye();
  await tested.finished();
  const [first, second] = tested.messages('> INVITE');
  expect(headerOf(second, 'Call-ID')).toBe(headerOf(first, 'Call-ID'));
  expect(diary.entries.filter(({ kind }) => kind === 'sent')).toHaveLength(1);
});
