import { HOLD_TTL_MS } from '@trunkline/contracts';
import type { Clock, RegisterOptions } from '@trunkline/sip';
import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { passTime, settle } from '../testing/pass-time.js';
import { createQuietLog } from '../testing/quiet-log.js';
import { plainResolver, trunkOf } from '../testing/trunk-bench.js';
import { createRegistrar, type Holds } from './keep-registered.js';

/** What dialers hold, in memory, on one clock; and an outage at will. */
class MemoryHolds implements Holds {
  isAway = false;
  private readonly held = new Map<string, { dialerId: string; untilMs: number }>();

  constructor(private readonly clock: Clock) {}

  async take(what: string, dialerId: string): Promise<boolean> {
    if (this.isAway) throw new Error('the bus is away');
    const before = this.held.get(what);
    if (before && before.dialerId !== dialerId && before.untilMs > this.clock.nowMs()) return false;
    this.held.set(what, { dialerId, untilMs: this.clock.nowMs() + HOLD_TTL_MS });
    return true;
  }

  async release(what: string, dialerId: string): Promise<void> {
    if (this.held.get(what)?.dialerId === dialerId) this.held.delete(what);
  }
}

function openDialers() {
  const clock = createVirtualClock();
  const holds = new MemoryHolds(clock);
  const open = (dialerId: string) => {
    const registrations: { options: RegisterOptions; isStopped: boolean }[] = [];
    const agent = {
      register: (options: RegisterOptions) => {
        const registration = { options, isStopped: false };
        registrations.push(registration);
        return {
          stop: async () => {
            registration.isStopped = true;
          },
        };
      },
    };
    const log = createQuietLog();
    const registrar = createRegistrar({
      dialerId,
      holds,
      agent,
      resolver: plainResolver,
      credentialsOf: () => ({ username: 'u', password: 'hush' }),
      clock,
      random: () => 0.5,
      log,
    });
    const live = () => registrations.filter(({ isStopped }) => !isStopped);
    return { registrar, registrations, live, log };
  };
  return { clock, holds, open };
}

const TRUNK = trunkOf({ register: true, username: 'anna', host: 'carrier.example', port: null });

test('of many dialers one registers, and says so', async () => {
  const { clock, open } = openDialers();
  const [one, two] = [open('d1'), open('d2')];
  for (const { registrar } of [one, two]) registrar.follow([TRUNK, trunkOf()]);
  await passTime(clock, 5 * HOLD_TTL_MS);
  expect([one.registrations.length, two.registrations.length]).toEqual([1, 0]);
  const { options } = one.registrations[0] ?? {};
  expect(options).toMatchObject({
    aor: 'sip:anna@carrier.example',
    registrar: 'sip:carrier.example',
    contactUser: 'anna',
    expiresSeconds: 3600,
    credentials: { username: 'u', password: 'hush' },
  });
  expect(await options?.targets()).toEqual([{ host: 'carrier.example', port: 5060 }]);
  expect(one.registrar.stateOf(TRUNK)).toEqual({ registered: false, reason: 'not answered yet' });
  options?.onState({ kind: 'failed', status: 403, reason: 'Forbidden', retryInMs: 1_000 });
  expect(one.registrar.stateOf(TRUNK)).toEqual({
    registered: false,
    reason: 'not registered: 403 Forbidden',
  });
  const target = { host: '192.0.2.1', port: 5060 };
  options?.onState({
    kind: 'registered',
    expiresSeconds: 600,
    publicAddress: null,
    target,
  });
  expect(one.registrar.stateOf(TRUNK)).toEqual({ registered: true, reason: null });
  expect(one.registrar.counts()).toEqual({ held: 1, registered: 1 });
  expect(two.registrar.stateOf(TRUNK)).toBeNull();
  expect(one.log.complaints).toEqual(['a trunk takes no registration']);
});

test('one that goes unregisters, and another takes over at its next turn', async () => {
  const { clock, open } = openDialers();
  const [one, two] = [open('d1'), open('d2')];
  for (const { registrar } of [one, two]) registrar.follow([TRUNK]);
  await passTime(clock, 1_000);
  await one.registrar.stop();
  expect(one.live()).toHaveLength(0);
  await passTime(clock, HOLD_TTL_MS / 3);
  expect(two.live()).toHaveLength(1);
  await two.registrar.stop();
  expect(clock.pending()).toBe(0);
});

test('one that does not reach the bus lets go before the others may take over', async () => {
  const { clock, holds, open } = openDialers();
  const one = open('d1');
  one.registrar.follow([TRUNK]);
  await passTime(clock, 1_000);
  holds.isAway = true;
  await passTime(clock, HOLD_TTL_MS - 1_500);
  expect(one.live()).toHaveLength(0);
  expect(one.registrar.stateOf(TRUNK)).toBeNull();
  holds.isAway = false;
  await passTime(clock, HOLD_TTL_MS / 3);
  expect(one.live()).toHaveLength(1);
});

test('a trunk that changes is registered with anew, and one that is gone no more', async () => {
  const { clock, open } = openDialers();
  const one = open('d1');
  one.registrar.follow([TRUNK]);
  await passTime(clock, 1_000);
  one.registrar.follow([TRUNK]);
  await settle();
  expect(one.registrations).toHaveLength(1);
  one.registrar.follow([{ ...TRUNK, username: 'berta', dateUpdated: '2026-11-25T00:00:00.000Z' }]);
  await passTime(clock, HOLD_TTL_MS / 3);
  expect(one.live().map(({ options }) => options.contactUser)).toEqual(['berta']);
  one.registrar.follow([{ ...TRUNK, enabled: false }]);
  await passTime(clock, 1_000);
  expect(one.live()).toHaveLength(0);
  expect(clock.pending()).toBe(0);
});
