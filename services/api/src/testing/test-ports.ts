import { type CallEvent, type CallRecord, type Fence, noCharge } from '@trunkline/contracts';
import { createLogger } from '@trunkline/runtime';
import { RecentCalls } from '../calls/recent-calls.js';
import { createEmergencyNumbers, EMERGENCY_REGIONS } from '../numbers/emergency-numbers.js';
import type { CallPorts } from '../ports.js';
import { InMemoryBus } from './in-memory-bus.js';
import { InMemoryHistory } from './in-memory-history.js';
import { InMemoryJobs } from './in-memory-jobs.js';

/** Ports in memory, with what left by them. */
export interface TestPorts extends CallPorts {
  bus: InMemoryBus;
  history: InMemoryHistory;
  jobs: InMemoryJobs;
  outboxed: CallEvent[];
  withdrawn: CallRecord[];
  unfinished: [CallRecord, Fence][];
  limits: TestLimits;
}

export const TEST_COMPLAINT = 'There is no place for the call';

/** Places for calls: as many as a test allows, by default any number. */
class TestLimits {
  readonly taken = new Set<string>();
  readonly kept = new Set<string>();
  max = Number.POSITIVE_INFINITY;

  readonly takeCall: CallPorts['limits']['takeCall'] = async (_asked, callSid) => {
    if (!this.taken.has(callSid) && this.taken.size >= this.max)
      return { allowed: false, complaint: TEST_COMPLAINT };
    this.taken.add(callSid);
    return { allowed: true };
  };

  readonly keepCall: CallPorts['limits']['keepCall'] = (_account, callSid) => {
    this.kept.add(callSid);
  };

  readonly releaseCall: CallPorts['limits']['releaseCall'] = (_account, callSid) => {
    this.taken.delete(callSid);
  };
}

/** Seals so that a test can read it: what was sealed, and for what. */
const testSealer: CallPorts['sealer'] = {
  seal: (text, context) => Buffer.from(`sealed ${text} for ${context}`),
};

const emergencies = createEmergencyNumbers(EMERGENCY_REGIONS);

export const NOW = new Date('2026-11-24T10:00:00.000Z');

export function createTestPorts(): TestPorts {
  const outboxed: CallEvent[] = [];
  const withdrawn: CallRecord[] = [];
  const unfinished: [CallRecord, Fence][] = [];
  return {
    bus: new InMemoryBus(),
    history: new InMemoryHistory(),
    jobs: new InMemoryJobs(),
    outbox: { publish: (event) => outboxed.push(event) },
    recent: new RecentCalls(),
    limits: new TestLimits(),
    chargeFor: () => noCharge('USD'),
    sealer: testSealer,
    emergencies,
    withdraw: (record) => withdrawn.push(record),
    finishCancel: (record, fence) => unfinished.push([record, fence]),
    instance: 'api-test',
    source: '/trunkline/api/api-test',
    now: () => NOW,
    log: createLogger({ service: 'api', level: 'silent' }),
    onAccepted: () => {},
    outboxed,
    withdrawn,
    unfinished,
  };
}
