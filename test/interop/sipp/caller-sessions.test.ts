import { expect, type TestContext, test } from 'vitest';
import { sdp } from '../../support/sdp.js';
import { TestedAgent } from './tested-agent.js';

/** 32 s without an ACK are over in 1.6, a session of 90 s in less than 5. */
const SPEED = 20;

async function begin({ onTestFinished }: TestContext): Promise<TestedAgent> {
  const tested = await TestedAgent.start(SPEED);
  onTestFinished(() => tested.close());
  return tested;
}

test.concurrent('a 200 that is never acknowledged is repeated for 64*T1, and then comes a BYE', async (context) => {
  const tested = await begin(context);
  await tested.playCaller('never-acks');
  const call = await tested.called();
  const end = new Promise((onEnded) => {
    call.handlers = { onEnded };
  });
  const since = performance.now();
  call.answer(sdp(4000));
  expect(await end).toMatchObject({ kind: 'lost' });
  const seconds = ((performance.now() - since) * SPEED) / 1000;
  expect(seconds).toBeGreaterThan(31);
  await tested.finished();
  // At 0, 0.5, 1.5, 3.5, 7.5, 11.5 s and so on: 11 times, fewer where the machine is slow.
  expect(tested.messages('> 200 INVITE').length).toBeGreaterThan(7);
  expect(tested.messages('> 200 INVITE').length).toBeLessThan(12);
});

test.concurrent('we keep the session alive that the caller leaves to us', async (context) => {
  const tested = await begin(context);
  await tested.playCaller('leaves-refreshing');
  (await tested.called()).answer(sdp(4000));
  await tested.finished();
});

test.concurrent('a caller that promised to keep the session alive and does not gets a BYE', async (context) => {
  const tested = await begin(context);
  await tested.playCaller('promises-to-refresh');
  const call = await tested.called();
  const end = new Promise((onEnded) => {
    call.handlers = { onEnded };
  });
  call.answer(sdp(4000));
  expect(await end).toMatchObject({ kind: 'session-expired' });
  await tested.finished();
});
