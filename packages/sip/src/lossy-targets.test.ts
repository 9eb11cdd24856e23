import { expect, test } from 'vitest';
import { createUserAgent, type UserAgent } from './agent.js';
import type { IncomingCall } from './agent-incoming-call.js';
import { NOTHING_OPEN, OFFER } from './testing/agent-bench.js';
import { createLossyNetwork } from './testing/lossy-network.js';
import { createVirtualClock, type VirtualClock } from './testing/virtual-clock.js';
import type { SipFault } from './transaction-layer.js';
import type { SipAddress } from './transport.js';

const CALLER = { host: '192.0.2.1', port: 5060 };
const CALLEE = { host: '192.0.2.2', port: 5060 };
/** It answers 503, as a gateway does that is about to go. */
const FULL = { host: '192.0.2.3', port: 5060 };
/** Nobody is there, and nothing says so. */
const SILENT = { host: '192.0.2.4', port: 5060 };
const CALLS = 80;

/** What both ends were told of one call. */
interface Story {
  caller: string[];
  callee: string[];
}

class Network {
  readonly clock: VirtualClock = createVirtualClock();
  readonly faults: SipFault[] = [];
  readonly stories: Story[] = [];
  readonly caller: UserAgent;
  readonly agents: UserAgent[];

  constructor(seed: number, loss: number) {
    const { clock } = this;
    const network = createLossyNetwork({
      clock,
      seed,
      loss,
      duplication: 0.1,
      delayMs: { from: 5, to: 300 },
    });
    network.attach(SILENT);
    const agentAt = (at: SipAddress, onInvite?: (call: IncomingCall) => void): UserAgent =>
      createUserAgent({
        transport: network.attach(at),
        clock,
        publicAddress: () => at,
        onFault: (fault) => this.faults.push(fault),
        ...(onInvite ? { onInvite } : {}),
      });
    this.caller = agentAt(CALLER);
    this.agents = [this.caller, agentAt(CALLEE, (call) => this.take(call)), agentAt(FULL)];
  }

  /** Redirected once, rung for reliably, answered without more SDP. */
  private take(call: IncomingCall): void {
    const isRedirected = call.calledUser.startsWith('moved-');
    const story = this.stories[Number(call.calledUser.replace('moved-', ''))] as Story;
    story.callee.push(isRedirected ? 'moved' : 'asked');
    if (!isRedirected) {
      call.reject(302, { headers: [['Contact', `<sip:moved-${call.calledUser}@192.0.2.2>`]] });
      return;
    }
    call.handlers.onEnded = ({ kind }) => story.callee.push(kind);
    call.ring({ status: 183, body: OFFER, reliable: true });
    this.clock.after(1500, () => call.ring({ reliable: true }));
    this.clock.after(3000, () => call.answer(OFFER));
  }

  place(targets: SipAddress[]): void {
    const story: Story = { caller: [], callee: [] };
    const number = this.stories.push(story) - 1;
    const call = this.caller.invite({
      requestUri: `sip:${number}@192.0.2.2`,
      from: { uri: 'sip:a@192.0.2.1' },
      to: { uri: `sip:${number}@192.0.2.2` },
      targets,
      offer: OFFER,
      followRedirects: true,
      // Longer than the default, or losses alone would use the targets up.
      firstResponseTimeoutMs: 12_000,
      handlers: {
        onSent: () => {},
        onTargetFailed: ({ failure }) => story.caller.push(failure),
        onProvisional: () => {},
        onAnswered: ({ body }) => {
          story.caller.push(`answered ${body.length}`);
          this.clock.after(5000, () => call.bye(16));
        },
        onEnded: ({ kind }) => story.caller.push(kind),
      },
    });
  }
}

const WAYS = [[CALLEE], [FULL, CALLEE], [SILENT, CALLEE], [SILENT, FULL, CALLEE]];

test.each([
  [1, 0.2],
  [2, 0.2],
  [3, 0.1],
])('seed %i: over failing targets and a redirect, with %d lost, every call ends once', (seed, loss) => {
  const network = new Network(seed, loss);
  for (let number = 0; number < CALLS; number++) {
    network.place(WAYS[number % WAYS.length] as SipAddress[]);
    network.clock.advance(20);
  }
  network.clock.advance(30 * 60_000);
  const answered = `answered ${OFFER.length},bye`;
  const given = /^(no-response,|rejected,|redirected,)*(no-response|rejected|dialog-lost)$/;
  for (const story of network.stories) {
    const told = story.caller.join();
    expect([story, told.endsWith(answered) || given.test(told)]).toEqual([story, true]);
  }
  const talked = network.stories.filter(({ caller }) => caller.join().endsWith(answered));
  expect(talked.length).toBeGreaterThan(CALLS * 0.8);
  expect(network.faults).toEqual([]);
  expect(network.agents.map((agent) => agent.counts())).toEqual([NOTHING_OPEN, NOTHING_OPEN, NOTHING_OPEN]);
  expect(network.clock.pending()).toBe(0);
});

test('without loss every call goes its way to the phone', () => {
  const network = new Network(9, 0);
  for (const targets of WAYS) network.place(targets);
  network.clock.advance(200_000);
  const end = `redirected,answered ${OFFER.length},bye`;
  expect(network.stories.map(({ caller, callee }) => [caller.join(), callee.join()])).toEqual([
    [end, 'asked,moved,bye-remote'],
    [`rejected,${end}`, 'asked,moved,bye-remote'],
    [`no-response,${end}`, 'asked,moved,bye-remote'],
    [`no-response,rejected,${end}`, 'asked,moved,bye-remote'],
  ]);
  expect(network.faults).toEqual([]);
});
