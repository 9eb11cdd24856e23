import type { CallNote } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import type { SipAddress, UserAgent, UserAgentOptions } from '@trunkline/sip';
import type { VirtualClock } from '@trunkline/sip/testing';
import { createMarkupRunner } from '../call/call-control.js';
import { createHistoryOpener } from '../call/call-history.js';
import type { RunnerSurroundings } from '../call/call-runner.js';
import { createHeldCalls } from '../call/live-calls.js';
import { createInviteHandler } from '../inbound/accept-invite.js';
import { openDoor } from '../inbound/open-door.js';
import { createAdmission } from '../jobs/admission.js';
import { createSilentMedia } from './call-bench.js';
import { chargeBySecond } from './charge-by-second.js';
import type { createCustomer } from './inbound-parties.js';
import type { MemoryBus } from './memory-bus.js';
import { settle } from './pass-time.js';
import type { QuietLog } from './quiet-log.js';

/** What the dialers of a test have in common. */
export interface DialerWorld {
  clock: VirtualClock;
  now: () => Date;
  bus: MemoryBus;
  log: QuietLog;
  directory: Directory;
  customer: ReturnType<typeof createCustomer>;
  /** What was counted: at the gate, and of INVITEs. */
  counted: string[];
  told: CallNote[];
  agentAt: (at: SipAddress, options: Partial<UserAgentOptions>) => UserAgent;
  secretKey: string;
}

export interface DialerChoices {
  dialerId: string;
  at: SipAddress;
  maxCalls?: number;
}

/** A dialer that takes calls and registers devices, and holds its lease for 10 s. */
export async function startInboundDialer(world: DialerWorld, { dialerId, at, maxCalls = 10 }: DialerChoices) {
  const { bus, now } = world;
  const dialerAddress = `${at.host}:${at.port}`;
  const admission = createAdmission([]);
  const calls = createHeldCalls({ maxCalls, onRoom: (hasRoom) => admission.set('full', !hasRoom) });
  const door = openTestDoor(world, { dialerId, dialerAddress });
  const agent = world.agentAt(at, door.agentOptions);
  const media: ReturnType<typeof createSilentMedia>[] = [];
  const channels = { taken: [] as string[], isFull: false };
  const surroundings = surroundingsOf(world, dialerId);
  const take = createInviteHandler({
    directory: world.directory,
    admission,
    calls,
    openMedia: async () => {
      const one = createSilentMedia();
      media.push(one);
      return one;
    },
    admit: async (_, callSid) => {
      if (channels.isFull) return null;
      channels.taken.push(callSid);
      return { release: () => void channels.taken.splice(channels.taken.indexOf(callSid), 1) };
    },
    credentialsOf: () => null,
    surroundings,
    meter: { invited: (result) => void world.counted.push(`invited ${result}`) },
  });
  door.openTo(take);
  const lease = { dialerId, sipAddress: dialerAddress, startedAt: now().toISOString() };
  await bus.leases.renew({ ...lease, draining: false, trunks: {} });
  door.start();
  await settle();
  return { at, admission, agent, calls, channels, door, media, surroundings };
}

function openTestDoor(world: DialerWorld, who: { dialerId: string; dialerAddress: string }) {
  const { bus, counted } = world;
  return openDoor({
    ...world,
    ...who,
    locations: bus.locations,
    leases: bus.leases,
    resolveTrunk: async ({ host, port }) => [{ host, port: port ?? 5060 }],
    realm: 'trunkline',
    expiry: { minSeconds: 60, maxSeconds: 3600, defaultSeconds: 600 },
    meter: {
      dropped: (reason) => void counted.push(`dropped ${reason}`),
      sipFault: () => void counted.push('fault'),
      signInFailed: (because) => void counted.push(`sign-in ${because}`),
    },
  });
}

function surroundingsOf(
  { clock, now, bus, log, customer, told }: DialerWorld,
  dialerId: string,
): RunnerSurroundings {
  const source = `/trunkline/dialers/${dialerId}`;
  const markup = { client: customer, tokenOf: () => null, clock, log, onFetched: () => {} };
  return {
    dialerId,
    source,
    clock,
    now,
    chargeFor: chargeBySecond,
    events: bus.events,
    notes: bus.notes,
    mayNote: () => true,
    runMarkup: createMarkupRunner(markup),
    openHistory: createHistoryOpener({ publish: (note) => told.push(note), source, now }),
    meter: { published: () => {} },
    log,
  };
}
