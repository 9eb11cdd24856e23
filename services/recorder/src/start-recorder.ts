import type { Bus } from '@trunkline/bus';
import type { DialQueue } from '@trunkline/queue';
import type { DrainStep, HealthCheck } from '@trunkline/runtime';
import type { Store } from '@trunkline/store';
import { catchUp } from './catch-up.js';
import type { RecorderConfig } from './config.js';
import { keepPartitions } from './keep-partitions.js';
import type { Observer } from './observe.js';
import { createReconcile } from './reconcile.js';
import { startReconciler } from './reconciler.js';
import { createEventRecorder } from './record-events.js';
import { startLog } from './start-log.js';

/** What the recorder is built on. */
export interface RecorderBase {
  config: RecorderConfig;
  store: Store;
  queue: DialQueue;
  bus: Bus;
  observer: Observer;
}

export interface Recorder {
  checks: Record<string, HealthCheck>;
  /** In order; before what it was built on is closed. */
  drainSteps: DrainStep[];
}

/** Under this name all recorders share the stream. */
const DURABLE = 'recorder';
/** A batch is one statement: more rows would hold its locks and its memory for long. */
const MAX_BATCH = 500;
/** How long a batch that is not full waits for more; adds to the way from an event to its row. */
const MAX_WAIT_MS = 20;
/** How soon a list of an address that becomes busy is as fast as any. */
const ADDRESSES_EVERY_MS = 60_000;
/** How long a stop waits for history to reach what had happened when it was asked for. */
const CATCH_UP_MS = 2_000;

/** Starts to write events into history, and to look after calls that have been queued for long. */
export async function startRecorder({
  config,
  store,
  queue,
  bus,
  observer,
}: RecorderBase): Promise<Recorder> {
  const { onError, onPoison, onSwept } = observer;
  const retentionDays = config.RETENTION_DAYS ?? null;
  const partitions = await keepPartitions({
    store,
    period: config.CALLS_PARTITION,
    retentionDays,
    now: Date.now,
    ...observer,
  });
  const recorder = createEventRecorder({ history: store, now: Date.now, ...observer });
  const log = await startLog({ retentionDays, store, bus, observer });
  const events = await bus.consumeBatches({
    durable: DURABLE,
    maxBatch: MAX_BATCH,
    maxWaitMs: MAX_WAIT_MS,
    // Two statements, not one transaction: a row does not wait for its call's history, and both may be written again.
    handler: async (batch) => {
      await recorder.record(batch);
      await log.recordEvents(batch);
    },
    onPoison,
  });
  const sweep = createReconcile({
    history: store,
    queue,
    progress: () => events.progress(),
    now: Date.now,
    afterMs: config.RECONCILE_AFTER,
  });
  const reconciler = startReconciler({
    everyMs: config.RECONCILE_INTERVAL,
    sweep: (signal) => sweep(signal).then(onSwept),
    onError,
  });
  const addresses = startReconciler({
    everyMs: ADDRESSES_EVERY_MS,
    sweep: async () => {
      await store.countBusyAddresses();
    },
    onError,
  });
  return {
    checks: {
      bus: () => (bus.isConnected() ? null : 'NATS is away: no event can be read'),
      history: () => recorder.trouble() ?? log.trouble(),
    },
    drainSteps: [
      partitions,
      { name: 'addresses', run: () => addresses.stop() },
      { name: 'reconciler', run: () => reconciler.stop() },
      { name: 'history', run: () => catchUp(events, CATCH_UP_MS) },
      { name: 'events', run: () => events.close() },
      ...log.drainSteps,
    ],
  };
}
