import { expect, test } from 'vitest';
import { createUserAgent } from './agent.js';
import type { RegistrationReport } from './agent-register.js';
import { createDigestGuard } from './digest-guard.js';
import type { SipRequest } from './message.js';
import { fromOf } from './message-fields.js';
import { userOf } from './parse-uri.js';
import { type KnownBinding, planRegister } from './registrar.js';
import { NOTHING_OPEN } from './testing/agent-bench.js';
import { createLossyNetwork } from './testing/lossy-network.js';
import { createVirtualClock } from './testing/virtual-clock.js';
import type { SipFault } from './transaction-layer.js';

const REGISTRAR = { host: '192.0.2.1', port: 5060 };
const DEVICES = { host: '192.0.2.2', port: 5060 };
const LINES = ['one', 'two', 'three', 'four', 'five', 'six'];

/** A registrar that asks for passwords and keeps bindings, and an agent with several lines there. */
class LossyRegistrar {
  readonly clock = createVirtualClock();
  readonly faults: SipFault[] = [];
  readonly bindings = new Map<string, KnownBinding[]>();
  readonly reports: RegistrationReport[] = [];
  readonly agents;
  private readonly guard = createDigestGuard({ realm: 'r', key: Buffer.from('k'), clock: this.clock });

  constructor(seed: number, loss: number) {
    const network = createLossyNetwork({
      clock: this.clock,
      seed,
      loss,
      duplication: 0.1,
      delayMs: { from: 5, to: 700 },
    });
    const onFault = (fault: SipFault): void => void this.faults.push(fault);
    const registrar = createUserAgent({
      transport: network.attach(REGISTRAR),
      clock: this.clock,
      publicAddress: () => REGISTRAR,
      onFault,
      gate: (request, { host }) => {
        const verdict = this.guard.check(request, {
          kind: 'register',
          host,
          passwordsOf: (user) => [`${user}'s password`],
        });
        if (verdict.kind === 'known') return { kind: 'pass', peer: verdict.username };
        if (verdict.kind !== 'challenge') return { kind: 'answer', status: 403 };
        return { kind: 'answer', status: verdict.status, headers: verdict.headers };
      },
      onRegister: async (request, _from, peer) => this.plan(request, String(peer)),
    });
    const devices = createUserAgent({
      transport: network.attach(DEVICES),
      clock: this.clock,
      publicAddress: () => DEVICES,
      onFault,
    });
    this.agents = [registrar, devices] as const;
  }

  register(line: string, password = `${line}'s password`) {
    return this.agents[1].register({
      aor: `sip:${line}@example.com`,
      registrar: 'sip:example.com',
      targets: async () => [REGISTRAR],
      expiresSeconds: 300,
      contactUser: line,
      credentials: { username: line, password },
      onState: (report) => this.reports.push(report),
    });
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      this.clock.advance(100);
      for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    }
  }

  /** The lines that could be called just now. */
  reachable(): string[] {
    return LINES.filter((line) =>
      this.bindings.get(line)?.some(({ expiresAtMs }) => expiresAtMs > this.clock.nowMs()),
    );
  }

  private plan(request: SipRequest, peer: string) {
    const line = userOf(fromOf(request).uri);
    if (line !== peer) return { status: 403, headers: [] };
    const plan = planRegister(request, this.bindings.get(line) ?? [], {
      nowMs: this.clock.nowMs(),
      minSeconds: 60,
      maxSeconds: 120,
      defaultSeconds: 120,
      maxContacts: 3,
    });
    this.bindings.set(line, plan.bindings);
    return { status: plan.status, headers: plan.headers };
  }
}

test.each([
  [1, 0.3],
  [2, 0.3],
  [3, 0],
])(
  'seed %i: with %d of all datagrams lost, every line stays registered until it is taken back',
  async (seed, loss) => {
    const bench = new LossyRegistrar(seed, loss);
    const registrations = LINES.map((line) => bench.register(line));
    await bench.pass(30_000);
    let gaps = 0;
    for (let minute = 0; minute < 15; minute++) {
      gaps += LINES.length - bench.reachable().length;
      await bench.pass(60_000);
    }
    // A refresh that has lost all of its datagrams for 18 s is rare; without loss there is none.
    expect(gaps).toBeLessThanOrEqual(loss === 0 ? 0 : 2);
    const failures = bench.reports.flatMap((report) => (report.kind === 'failed' ? report.reason : []));
    expect(failures.every((reason) => loss > 0 && reason === 'no response')).toBe(true);
    const stopped = Promise.all(registrations.map((registration) => registration.stop()));
    await bench.pass(5000);
    await stopped;
    await bench.pass(70_000);
    if (loss === 0) expect([...bench.bindings.values()].flat()).toEqual([]);
    expect(bench.faults).toEqual([]);
    expect(bench.agents.map((agent) => agent.counts())).toEqual([NOTHING_OPEN, NOTHING_OPEN]);
    expect(bench.clock.pending()).toBe(0);
  },
);

test('a line with a wrong password is refused, and nothing is bound', async () => {
  const bench = new LossyRegistrar(1, 0);
  bench.register('one', 'a guess');
  await bench.pass(5000);
  expect(bench.reports).toMatchObject([{ kind: 'failed', status: 403 }]);
  expect(bench.bindings.size).toBe(0);
});
