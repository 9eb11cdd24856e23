import type { CallEvent, CallRecord, Fence } from '@trunkline/contracts';
import { createLogger } from '@trunkline/runtime';
import { RecentCalls } from '../calls/recent-calls.js';
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
}

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
