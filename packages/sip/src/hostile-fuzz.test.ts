import { expect, test } from 'vitest';
import type { IncomingCall } from './agent-incoming-call.js';
import { SipParseError } from './errors.js';
import { type AgentBench, createAgentBench, OFFER, placeWatchedCall } from './testing/agent-bench.js';
import { TORTURE_MESSAGES } from './testing/torture-messages.js';

const ROUNDS = 12;
const MESSAGES_A_ROUND = 2500;
const SENDER = { host: '192.0.2.30', port: 5060 };
const AGENT = { host: '192.0.2.1', port: 5060 };

/** Kept of what was really sent, to be sent again with a wound. */
const MAX_SENT = 3000;

const WOUNDS = [
  ...['\r\n', '\r\n ', '"', '<', '>', ';', ',', ':', '@', '%', '\0', '-1', '99999999999999999999', ';tag=b'],
  ...['\r\nVia: ', '\r\nContact: *', '\r\nRoute: <sip:flow-x@1;lr>', '\r\nRAck: 1 1 INVITE', '\r\nReason: x'],
  ...['\r\nRequire: 100rel\r\nRSeq: 1', '\r\nSession-Expires: 0', '\r\nRefer-To: <', '\r\nRequire: \u0001'],
].map((text) => Buffer.from(text));

test(`${ROUNDS * MESSAGES_A_ROUND} broken messages to agents with calls: none fails, and none leaves anything behind`, async () => {
  const next = randomFrom(20_240_608);
  for (let round = 0; round < ROUNDS; round++) {
    const bench: AgentBench = createAgentBench({
      onInvite: (call) => deal(call, next(5), bench),
      onRegister: async () => ({ status: 200, headers: [] }),
      edge: { key: Buffer.from('key'), isPeer: () => true },
    });
    const { call, ends } = placeWatchedCall(bench.agent, {
      credentials: { username: 'a', password: 'b' },
      followRedirects: true,
      allowRefer: true,
    });
    bench.clock.advance(1);
    bench.answer('b', 183, [
      ['Require', '100rel'],
      ['RSeq', '1'],
    ]);
    bench.answer();
    attack(bench, next);
    // A REGISTER is answered by a promise.
    await Promise.resolve();
    call.bye();
    bench.clock.advance(40 * 60_000);
    expect(bench.faults.filter(({ error }) => !(error instanceof SipParseError))).toEqual([]);
    expect(bench.agent.counts()).toMatchObject({
      calls: 0,
      dialogs: 0,
      clientTransactions: 0,
      serverTransactions: 0,
    });
    expect([ends.length, bench.clock.pending()]).toEqual([1, 0]);
  }
}, 60_000);

/** One of the ways that calls go. */
function deal(call: IncomingCall, kind: number, { clock }: AgentBench): void {
  call.handlers.onReinvite = (offer) => offer || OFFER;
  call.handlers.onRefer = (refer) => refer.accept().notify(200, 'OK');
  if (kind === 0) call.reject(486);
  else if (kind === 1) call.ring({ reliable: true });
  else if (kind === 2) call.ring({ status: 183, body: OFFER, reliable: true });
  if (kind >= 2) call.answer(OFFER, { allowRefer: true, sessionExpiresSeconds: 90 });
  clock.after(3000, () => call.bye());
}

function attack({ network, clock }: AgentBench, next: (bound: number) => number): void {
  const wire = network.attach(SENDER);
  const torture = Object.values(TORTURE_MESSAGES);
  for (let count = 0; count < MESSAGES_A_ROUND; count++) {
    const sent = network.sent[next(network.sent.length)];
    const whole = next(2) === 0 || !sent ? torture[next(torture.length)] : Buffer.from(sent.text);
    wire.send(wound(whole ?? Buffer.of(), next), AGENT);
    if (count % 50 === 0) clock.advance(100);
    if (network.sent.length > MAX_SENT) network.sent.splice(0, MAX_SENT / 2);
  }
}

function wound(whole: Buffer, next: (bound: number) => number): Buffer {
  const at = next(whole.length + 1);
  return Buffer.concat([
    whole.subarray(0, at),
    WOUNDS[next(WOUNDS.length)] ?? Buffer.of(),
    whole.subarray(at + next(6)),
  ]);
}

function randomFrom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}
