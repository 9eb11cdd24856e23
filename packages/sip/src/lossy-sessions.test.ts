import { expect, test } from 'vitest';
import { createUserAgent, type UserAgent } from './agent.js';
import type { CallEnd, IncomingCallEnd, RenegotiateResult } from './agent-call.js';
import type { IncomingCall } from './agent-incoming-call.js';
import { NOTHING_OPEN } from './testing/agent-bench.js';
import { createLossyNetwork, type LossyNetwork } from './testing/lossy-network.js';
import { createVirtualClock, type VirtualClock } from './testing/virtual-clock.js';
import type { SipFault } from './transaction-layer.js';
import type { SipProtocol } from './transport.js';

const CALLER = { host: '192.0.2.1', port: 5060 };
const CALLEE = { host: '192.0.2.2', port: 5060 };

/** Two agents of ours, and one call that rings reliably, is held from both ends, and goes on for an hour. */
class LossySession {
  readonly clock: VirtualClock = createVirtualClock();
  readonly network: LossyNetwork;
  readonly faults: SipFault[] = [];
  readonly agents: UserAgent[];
  readonly early: string[] = [];
  readonly results: RenegotiateResult[] = [];
  readonly ends: (CallEnd | IncomingCallEnd)[] = [];
  incoming: IncomingCall | null = null;

  constructor(
    seed: number,
    loss: number,
    private readonly protocol: SipProtocol = 'UDP',
  ) {
    this.network = createLossyNetwork({
      clock: this.clock,
      seed,
      loss,
      duplication: 0.1,
      delayMs: { from: 5, to: 300 },
    });
    this.agents = [CALLER, CALLEE].map((at) =>
      createUserAgent({
        transport: this.network.attach(at),
        clock: this.clock,
        publicAddress: () => at,
        onFault: (fault) => void this.faults.push(fault),
        onInvite: (call) => this.take(call),
      }),
    );
  }

  call() {
    return (this.agents[0] as UserAgent).invite({
      requestUri: 'sip:b@192.0.2.2',
      from: { uri: 'sip:a@192.0.2.1' },
      to: { uri: 'sip:b@192.0.2.2' },
      targets: [{ ...CALLEE, protocol: this.protocol }],
      offer: 'offer',
      sessionExpiresSeconds: 600,
      handlers: {
        onSent: () => {},
        onProvisional: ({ reliable, body }) => void this.early.push(`${reliable} ${body.toString()}`),
        onAnswered: () => {},
        onReinvite: (offer) => `answer to ${offer}`,
        onEnded: (end) => void this.ends.push(end),
      },
    });
  }

  renegotiate(call: { renegotiate: IncomingCall['renegotiate'] } | null, offer: string): void {
    call?.renegotiate(offer, (result) => this.results.push(result));
  }

  private take(call: IncomingCall): void {
    this.incoming = call;
    call.handlers.onReinvite = (offer) => `answer to ${offer}`;
    call.handlers.onEnded = (end) => void this.ends.push(end);
    call.ring({ reliable: true, status: 183, body: 'early' });
    this.clock.after(1000, () => call.answer('early'));
  }
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'seed %i: with 20 %% lost, a call is held from both ends at once and refreshed for an hour',
  (seed) => {
    const bench = new LossySession(seed, 0.2);
    const call = bench.call();
    bench.clock.advance(60_000);
    expect(bench.early[0]).toBe('true early');
    bench.renegotiate(call, 'one');
    bench.renegotiate(bench.incoming, 'two');
    bench.clock.advance(60_000);
    expect(bench.results.map((result) => result.ok && result.answer).sort()).toEqual([
      'answer to one',
      'answer to two',
    ]);
    bench.clock.advance(3_600_000);
    expect(bench.ends).toEqual([]);
    call.bye();
    bench.clock.advance(100_000);
    expect(bench.ends.map(({ kind }) => kind).sort()).toEqual(['bye', 'bye-remote']);
    expect(bench.faults).toEqual([]);
    expect(bench.agents.map((agent) => agent.counts())).toEqual([NOTHING_OPEN, NOTHING_OPEN]);
    expect(bench.clock.pending()).toBe(0);
  },
);

test('over TCP the dialog stays on TCP, both ways', () => {
  const bench = new LossySession(1, 0, 'TCP');
  const call = bench.call();
  bench.clock.advance(10_000);
  bench.renegotiate(call, 'one');
  bench.clock.advance(10_000);
  bench.renegotiate(bench.incoming, 'two');
  bench.clock.advance(10_000);
  bench.incoming?.bye();
  bench.clock.advance(100_000);
  expect(bench.results.map((result) => result.ok)).toEqual([true, true]);
  expect(new Set(bench.network.sent.map(({ to }) => to.protocol))).toEqual(new Set(['TCP']));
  expect(bench.ends.map(({ kind }) => kind).sort()).toEqual(['bye', 'bye-local']);
  expect(bench.agents.map((agent) => agent.counts())).toEqual([NOTHING_OPEN, NOTHING_OPEN]);
});

test('when the line goes dead in the middle of a call, both ends find out by themselves', () => {
  const bench = new LossySession(1, 0);
  bench.call();
  bench.clock.advance(60_000);
  bench.network.setLoss(1);
  bench.clock.advance(700_000);
  expect(bench.ends.map(({ kind }) => kind).sort()).toEqual(['dialog-lost', 'session-expired']);
  bench.clock.advance(100_000);
  expect(bench.agents.map((agent) => agent.counts())).toEqual([NOTHING_OPEN, NOTHING_OPEN]);
  expect(bench.clock.pending()).toBe(0);
});
