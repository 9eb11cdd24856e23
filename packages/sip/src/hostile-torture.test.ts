import { expect, it } from 'vitest';
import { createAgentBench, NOTHING_LEFT } from './testing/agent-bench.js';
import { TORTURE_MESSAGES } from './testing/torture-messages.js';
import { TORTURE_OUTCOMES } from './testing/torture-outcomes.js';

/** Where the messages say that they come from. */
const SENDER = { host: '192.0.2.30', port: 5060 };
const AGENT = { host: '192.0.2.1', port: 5060 };

/** What the agent may answer to what the codec takes; a call that reaches its owner is busy, a REGISTER is fine. */
const ANSWERS: Readonly<Record<string, readonly number[]>> = {
  wsinv: [481],
  intmeth: [405, 501],
  esc01: [486],
  escnull: [200],
  esc02: [405, 501],
  lwsdisp: [200],
  longreq: [486],
  dblreq: [200],
  semiuri: [200],
  transports: [200],
  mpart01: [405, 415],
  unreason: [],
  noreason: [],
  baddate: [486],
  badbranch: [200],
  unksm2: [200, 400],
  bext01: [420],
  invut: [415],
  regaut01: [200],
  bcast: [],
  zeromf: [200],
  cparam01: [200],
  cparam02: [200],
  regescrt: [200],
  sdp01: [406],
  inv2543: [486],
};

it.each(Object.entries(TORTURE_OUTCOMES))(
  '%s is answered as the RFC allows, and leaves nothing behind',
  async (name, { outcome }) => {
    const bench = createAgentBench({
      onInvite: (call) => call.reject(486),
      onRegister: async () => ({ status: 200, headers: [] }),
    });
    const wire = bench.network.attach(SENDER);
    const answers = new Set<number>();
    wire.onMessage((data) => {
      // Not by our parser: an answer has what was wrong in its request.
      const status = Number(/^SIP\/2\.0 (\d{3}) /.exec(data.toString())?.[1]);
      if (status >= 200) answers.add(status);
    });
    wire.send(TORTURE_MESSAGES[name] ?? Buffer.of(), AGENT);
    bench.clock.advance(10);
    // A REGISTER is answered by a promise.
    await Promise.resolve().then(() => {});
    bench.clock.advance(10);
    const left = bench.rest();
    const allowed = outcome === 'accept' ? ANSWERS[name] : typeof outcome === 'number' ? [outcome] : [];
    if (allowed?.length === 0) expect([...answers]).toEqual([]);
    else expect(allowed).toEqual(expect.arrayContaining([...answers]));
    expect(answers.size).toBe(allowed?.length === 0 ? 0 : 1);
    expect({ ...left, faults: [] }).toEqual(NOTHING_LEFT);
  },
);
