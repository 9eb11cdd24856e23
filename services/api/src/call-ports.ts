import type { Bus } from '@trunkline/bus';
import type { Call } from '@trunkline/contracts';
import type { Logger } from '@trunkline/runtime';
import { RecentCalls } from './calls/recent-calls.js';
import { Withdrawals } from './calls/withdraw-calls.js';
import type { RequestMetrics } from './observe.js';
import type { CallHistory, CallPorts, DialJobs } from './ports.js';

export interface CallPortsOptions {
  history: CallHistory;
  jobs: DialJobs;
  bus: Pick<
    Bus,
    | 'isConnected'
    | 'waitUntilConnected'
    | 'publish'
    | 'requestEndCall'
    | 'createOutbox'
    | 'fences'
    | 'liveCalls'
    | 'createKeys'
  >;
  limits: CallPorts['limits'];
  /** Rates, by which a call that ends in the queue is priced like every other. */
  directory: Pick<CallPorts, 'chargeFor'>;
  sealer: CallPorts['sealer'];
  emergencies: CallPorts['emergencies'];
  instance: string;
  metrics: Pick<RequestMetrics, 'accepted'>;
  log: Logger;
}

/** Joins what the operations on calls need. */
export function createCallPorts(options: CallPortsOptions): {
  ports: CallPorts;
  /** Waits until what was to be published is. */
  flush: (timeLeftMs: number) => Promise<void>;
} {
  const { history, jobs, bus, limits, directory, sealer, emergencies, instance, metrics, log } = options;
  const outbox = bus.createOutbox({
    onError: (err) => log.warn({ err }, 'an event waits to be published'),
    onDropped: ({ id, subject }, err) =>
      log.error({ err, callSid: subject, event: id }, 'the stream will never take an event: it is lost'),
  });
  const recent = new RecentCalls();
  const shared = {
    bus,
    outbox,
    recent,
    jobs,
    instance,
    chargeFor: (call: Call) => directory.chargeFor(call),
    source: `/trunkline/api/${instance}`,
    now: () => new Date(),
    log,
  };
  const withdrawals = new Withdrawals(shared);
  const ports: CallPorts = {
    ...shared,
    history,
    limits,
    sealer,
    emergencies,
    withdraw: (record) => withdrawals.takeBack(record),
    finishCancel: (record, fence) => withdrawals.finishCancel(record, fence),
    onAccepted: () => metrics.accepted.inc(),
  };
  return {
    ports,
    async flush(timeLeftMs) {
      const isDone = await withdrawals.stop(timeLeftMs / 2);
      if (!isDone) log.error({ calls: withdrawals.size() }, 'calls were not taken back');
      if (!(await outbox.flush(timeLeftMs / 2)))
        log.error({ events: outbox.depth() }, 'events were not published');
    },
  };
}
