import type { IncomingCall, IncomingCallEnd } from '@trunkline/sip';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sdp } from '../../support/sdp.js';
import { headerOf, TestedAgent } from './tested-agent.js';

let tested: TestedAgent;

beforeEach(async () => {
  tested = await TestedAgent.start();
});

afterEach(() => tested.close());

function endOf(call: IncomingCall): Promise<IncomingCallEnd> {
  return new Promise((onEnded) => {
    call.handlers = { ...call.handlers, onEnded };
  });
}

/** Hangs up once the answer is acknowledged, and waits for the end of the scenario. */
async function answerAndHangUp(call: IncomingCall): Promise<void> {
  call.answer(sdp(4000));
  await tested.seen('< ACK');
  call.bye();
  await tested.finished();
}

test('an INVITE without an offer is answered with ours, and the answer is in the ACK', async () => {
  await tested.playCaller('delayed-offer');
  const call = await tested.called();
  expect(call.offer).toBe('');
  const answered = new Promise<string | null>((onAnswerAcked) => {
    call.handlers = { onAnswerAcked };
  });
  call.answer(sdp(4000));
  expect(await answered).toContain('m=audio');
  expect(await endOf(call)).toMatchObject({ kind: 'bye-remote' });
  await tested.finished();
});

test('a 200 is repeated until its ACK comes, 0.5 and 1 s apart', async () => {
  await tested.playCaller('acks-late', { seesRepeats: true });
  const call = await tested.called();
  const acknowledged = new Promise((onAnswerAcked) => {
    call.handlers = { onAnswerAcked };
  });
  call.answer(sdp(4000));
  await acknowledged;
  call.bye();
  await tested.finished();
  const answers = tested.messages('> 200 INVITE');
  expect(answers).toHaveLength(3);
  expect(new Set(answers).size).toBe(1);
});

test('over TCP too a 200 is repeated until its ACK comes', async () => {
  await tested.playCaller('acks-late', { protocol: 'TCP' });
  const call = await tested.called();
  const acknowledged = new Promise((onAnswerAcked) => {
    call.handlers = { onAnswerAcked };
  });
  call.answer(sdp(4000));
  await acknowledged;
  call.bye();
  await tested.finished();
  expect(tested.messages('> 200 INVITE')).toHaveLength(3);
  expect(headerOf(tested.messages('> BYE')[0], 'Via')).toContain('SIP/2.0/TCP');
});

test('a caller that hangs up while it rings gets 200 and 487', async () => {
  await tested.playCaller('cancels');
  const call = await tested.called();
  const end = endOf(call);
  call.ring();
  expect(await end).toEqual({ kind: 'canceled', q850: 16 });
  await tested.finished();
});

test('a CANCEL that crosses our 200 has no effect', async () => {
  await tested.playCaller('cancels-late');
  const call = await tested.called();
  const end = endOf(call);
  call.answer(sdp(4000));
  expect(await end).toMatchObject({ kind: 'bye-remote' });
  await tested.finished();
});

test('reliable responses are repeated until PRACK, and the 200 waits for it', async () => {
  await tested.playCaller('insists-on-100rel', { seesRepeats: true });
  const call = await tested.called();
  call.ring({ status: 183, body: sdp(4000) });
  await answerAndHangUp(call);
  const story = tested.story;
  expect(story.indexOf('> 200 INVITE')).toBeGreaterThan(story.lastIndexOf('< PRACK'));
});

test('a PRACK for nothing is answered 481, and the right one counts', async () => {
  await tested.playCaller('confirms-wrongly');
  const call = await tested.called();
  call.ring({ reliable: true });
  await tested.seen('> 200 PRACK');
  await answerAndHangUp(call);
});

test('a caller keeps the session alive that it asked for', async () => {
  await tested.playCaller('refreshes');
  (await tested.called()).answer(sdp(4000));
  await tested.finished();
});

test('a session shorter than 90 s is refused with 422, and the next INVITE may have its time', async () => {
  await tested.playCaller('wants-short-session');
  const call = await tested.called();
  call.answer(sdp(4000));
  await tested.passed.waitFor('both ACKs', () => tested.messages('< ACK').length === 2);
  call.bye();
  await tested.finished();
});

test('an unknown extension in Require is answered 420, which names it', async () => {
  await tested.playCaller('needs-unknown');
  await tested.finished();
  expect(tested.incoming.entries).toEqual([]);
});

test('OPTIONS tells what is spoken', async () => {
  await tested.playCaller('asks-options');
  await tested.finished();
});

test('an INVITE that comes by a second way is answered 482', async () => {
  await tested.playCaller('comes-twice');
  const call = await tested.called();
  call.ring();
  await tested.seen('> 482 INVITE');
  await tested.seen('< ACK');
  call.answer(sdp(4000));
  await tested.passed.waitFor('the ACK of the 200', () => tested.messages('< ACK').length === 2);
  call.bye();
  await tested.finished();
  expect(tested.incoming.entries).toHaveLength(1);
});

test('hold by the caller: sendonly, inactive and back', async () => {
  await tested.playCaller('caller-holds');
  const call = await tested.called();
  const answers = [sdp(4000, 'recvonly'), sdp(4000, 'inactive'), sdp(4000)];
  call.handlers = { onReinvite: () => answers.shift() ?? null };
  call.answer(sdp(4000));
  await tested.finished();
  expect(answers).toEqual([]);
});

test('what fits no dialog is refused, and the dialog goes on', async () => {
  await tested.playCaller('speaks-out-of-turn');
  (await tested.called()).answer(sdp(4000));
  await tested.finished();
});

test('over TCP a call comes, rings, is answered and hung up on', async () => {
  await tested.playCaller('calls', { protocol: 'TCP' });
  const call = await tested.called();
  call.ring();
  await answerAndHangUp(call);
});

test('an offer of ours in a reliable 183 is answered in its PRACK', async () => {
  await tested.playCaller('answers-early');
  const call = await tested.called();
  const answered = new Promise<string>((onEarlyAnswer) => {
    call.handlers = { onEarlyAnswer };
  });
  call.ring({ status: 183, body: sdp(4000), reliable: true });
  expect(await answered).toContain('m=audio');
  await answerAndHangUp(call);
});

test('compact and oddly spaced headers are read', async () => {
  await tested.playCaller('writes-briefly');
  const call = await tested.called();
  expect(call.callerUser).toBe('+1-555-3334');
  expect(call.offer).toContain('m=audio');
  await answerAndHangUp(call);
});
