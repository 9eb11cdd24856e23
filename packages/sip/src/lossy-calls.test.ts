import { expect, test } from 'vitest';
import { createUserAgent, type UserAgent } from './agent.js';
import type { CallEnd } from './agent-call.js';
import { NOTHING_OPEN, OFFER } from './testing/agent-bench.js';
import { createLossyNetwork, type LossyNetwork } from './testing/lossy-network.js';
import { createVirtualClock, type VirtualClock } from './testing/virtual-clock.js';
import type { SipFault } from './transaction-layer.js';
import type { SipProtocol } from './transport.js';

const CALLER = { host: '192.0.2.1', port: 5060 };
const CALLEE = { host: '192.0.2.2', port: 5060 };
const CALLS = 150;

/** What both ends were told of one call. */
interface Story {
  caller: string[];
  callee: string[];
}

type Plan = 'caller hangs up' | 'callee hangs up' | 'busy' | 'canceled' | 'canceled as it is answered';
const PLANS: readonly Plan[] = [
  'caller hangs up',
  'callee hangs up',
  'busy',
  'canceled',
  'canceled as it is answered',
];

class LossyCalls {
  readonly clock: VirtualClock = createVirtualClock();
  readonly faults: SipFault[] = [];
  readonly stories: { plan: Plan; story: Story }[] = [];
  readonly agents: UserAgent[];

  readonly network: LossyNetwork;

  constructor(
    seed: number,
    loss: number,
    private readonly protocol: SipProtocol = 'UDP',
  ) {
    const network = createLossyNetwork({
      clock: this.clock,
      seed,
      loss,
      duplication: 0.1,
      delayMs: { from: 5, to: 700 },
    });
    this.network = network;
    const onFault = (fault: SipFault): void => void this.faults.push(fault);
    const caller = createUserAgent({
      transport: network.attach(CALLER),
      clock: this.clock,
      publicAddress: () => CALLER,
      onFault,
    });
    const callee = createUserAgent({
      transport: network.attach(CALLEE),
      clock: this.clock,
      publicAddress: () => CALLEE,
      onFault,
      onInvite: (call) => {
        const { plan, story } = this.stories[Number(call.calledUser)] as { plan: Plan; story: Story };
        story.callee.push('invited');
        call.handlers.onEnded = ({ kind }) => story.callee.push(kind);
        call.ring();
        if (plan === 'busy') this.clock.after(1000, () => call.reject(486));
        else if (plan !== 'canceled') this.clock.after(2000, () => call.answer(OFFER));
        if (plan === 'callee hangs up') this.clock.after(5000, () => call.bye(16));
      },
    });
    this.agents = [caller, callee];
  }

  place(plan: Plan): void {
    const story: Story = { caller: [], callee: [] };
    const number = this.stories.push({ plan, story }) - 1;
    const call = (this.agents[0] as UserAgent).invite({
      requestUri: `sip:${number}@192.0.2.2`,
      from: { uri: 'sip:a@192.0.2.1' },
      to: { uri: `sip:${number}@192.0.2.2` },
      targets: [{ ...CALLEE, protocol: this.protocol }],
      offer: OFFER,
      handlers: {
        onSent: () => {},
        onProvisional: () => {},
        onAnswered: () => {
          story.caller.push('answered');
          if (plan === 'caller hangs up' || plan === 'canceled as it is answered')
            this.clock.after(3000, () => call.bye(16));
        },
        onEnded: (end) => story.caller.push(nameOf(end)),
      },
    });
    if (plan === 'canceled') this.clock.after(3000, () => call.cancel());
    if (plan === 'canceled as it is answered') this.clock.after(2300, () => call.cancel());
  }
}

function nameOf(end: CallEnd): string {
  if (end.kind === 'canceled') return end.lateAnswer ? 'canceled late' : `canceled ${end.status}`;
  return end.kind === 'bye' ? `bye ${end.side}` : end.kind;
}

/**
 * The ends that fit each plan. `canceled 408` and `no-response` are for a call of which no answer at all came through in
 * 32 s; the callee then finds out by itself.
 */
const CALLER_ENDS: Record<Plan, RegExp> = {
  'caller hangs up': /^(answered,bye local|no-response)$/,
  'callee hangs up': /^(answered,bye remote|no-response)$/,
  busy: /^(rejected|no-response)$/,
  canceled: /^canceled (487|null)$/,
  'canceled as it is answered': /^(canceled (487|null|late)|answered,bye local)$/,
};

const UNHEARD = /^(no-response|canceled null)$/;

/** Both ends tell the same story. */
const CALLEE_ENDS: Readonly<Record<string, string>> = {
  'answered,bye local': 'invited,bye-remote',
  'answered,bye remote': 'invited,bye-local',
  rejected: 'invited,rejected',
  'canceled 487': 'invited,canceled',
  'canceled late': 'invited,bye-remote',
};

test.each([
  [1, 0.3],
  [2, 0.3],
  [3, 0.3],
  [4, 0],
])(
  'seed %i: with %d of all datagrams lost, some doubled and reordered, every call ends once and right',
  (seed, loss) => {
    const bench = new LossyCalls(seed, loss);
    for (let number = 0; number < CALLS; number++) {
      bench.place(PLANS[number % PLANS.length] as Plan);
      bench.clock.advance(20);
    }
    bench.clock.advance(20 * 60_000);
    for (const { plan, story } of bench.stories) {
      const { caller, callee } = story;
      expect([story, CALLER_ENDS[plan].test(caller.join())]).toEqual([story, true]);
      // A callee that was never reached knows of nothing; any other was invited once and was told one end.
      expect([story, /^(invited,[^,]+)?$/.test(callee.join())]).toEqual([story, true]);
    }
    // What is lost is said again: a call of which nothing at all comes through is one in some hundreds.
    const heard = bench.stories.filter(({ story }) => !UNHEARD.test(story.caller.join()));
    expect(heard.length).toBeGreaterThanOrEqual(loss === 0 ? CALLS : CALLS - 2);
    for (const { story } of heard)
      expect([story, story.callee.join()]).toEqual([story, CALLEE_ENDS[story.caller.join()]]);
    expect(bench.faults).toEqual([]);
    expect(bench.agents.map((agent) => agent.counts())).toEqual([NOTHING_OPEN, NOTHING_OPEN]);
    expect(bench.clock.pending()).toBe(0);
  },
);

test('without loss every call ends exactly as planned', () => {
  const bench = new LossyCalls(9, 0);
  for (const plan of PLANS.slice(0, 4)) bench.place(plan);
  bench.clock.advance(100_000);
  expect(bench.stories.map(({ story }) => [story.caller.join(), story.callee.join()])).toEqual([
    ['answered,bye local', 'invited,bye-remote'],
    ['answered,bye remote', 'invited,bye-local'],
    ['rejected', 'invited,rejected'],
    ['canceled 487', 'invited,canceled'],
  ]);
  expect(bench.agents.map((agent) => agent.counts())).toEqual([NOTHING_OPEN, NOTHING_OPEN]);
});

test.each([
  [1, 'TCP'],
  [2, 'TLS'],
] as const)(
  'seed %i: over %s every call ends exactly as planned, whatever UDP would lose',
  (seed, protocol) => {
    const bench = new LossyCalls(seed, 1, protocol);
    for (let number = 0; number < CALLS; number++) {
      bench.place(PLANS[number % 4] as Plan);
      bench.clock.advance(20);
    }
    bench.clock.advance(100_000);
    for (const { plan, story } of bench.stories)
      expect([plan, story.caller.join()]).toEqual([plan, PLANNED[plan]]);
    expect(bench.network.sent.every(({ to }) => to.protocol === protocol)).toBe(true);
    expect(bench.agents.map((agent) => agent.counts())).toEqual([NOTHING_OPEN, NOTHING_OPEN]);
    expect(bench.clock.pending()).toBe(0);
  },
);

const PLANNED: Partial<Record<Plan, string>> = {
  'caller hangs up': 'answered,bye local',
  'callee hangs up': 'answered,bye remote',
  busy: 'rejected',
  canceled: 'canceled 487',
};

test.each([1, 2, 3])(
  'seed %i: over streams that break every second, every call ends once, and nothing is left',
  (seed) => {
    const bench = new LossyCalls(seed, 0, 'TCP');
    for (let number = 0; number < CALLS; number++) {
      bench.place(PLANS[number % PLANS.length] as Plan);
      bench.clock.advance(20);
      if (number % 50 === 0) bench.network.breakStreams();
    }
    for (let second = 0; second < 10; second++) {
      bench.clock.advance(1000);
      bench.network.breakStreams();
    }
    bench.clock.advance(20 * 60_000);
    for (const { story } of bench.stories) {
      expect([story, BROKEN_CALLER.test(story.caller.join())]).toEqual([story, true]);
      expect([story, /^(invited,[^,]+)?$/.test(story.callee.join())]).toEqual([story, true]);
      // Nobody talks to somebody who has hung up.
      if (story.caller[0] === 'answered') expect(story.callee[1]).toMatch(/^bye-/);
    }
    expect(bench.faults).toEqual([]);
    expect(bench.agents.map((agent) => agent.counts())).toEqual([NOTHING_OPEN, NOTHING_OPEN]);
    expect(bench.clock.pending()).toBe(0);
  },
);

/** `unreachable`: its stream broke twice before anything came. */
const BROKEN_CALLER = /^(answered,bye (local|remote)|rejected|canceled (487|null|late)|unreachable)$/;
