import { connectBus } from '@trunkline/bus';
import { openDialQueue } from '@trunkline/queue';
import {
  connectWithRetry,
  createLifecycle,
  createLogger,
  createMetrics,
  runMain,
  startHealthServer,
} from '@trunkline/runtime';
import { migrate, openStore } from '@trunkline/store';
import { readRecorderConfig } from './config.js';
import { createObserver } from './observe.js';
import { createReconcile } from './reconcile.js';
import { startReconciler } from './reconciler.js';
import { createEventRecorder } from './record-events.js';

runMain('recorder', async () => {
  const config = readRecorderConfig();
  const log = createLogger({ service: 'recorder', level: config.LOG_LEVEL });
  const lifecycle = createLifecycle();
  const metrics = createMetrics('recorder');
  const observer = createObserver(metrics, log);
  const { onError } = observer;
  const { NAMESPACE: namespace } = config;

  await connectWithRetry('Postgres', () => migrate(config.DATABASE_URL), { log });
  const store = openStore({ url: config.DATABASE_URL, onError });
  const queue = openDialQueue({ url: config.REDIS_URL, namespace, onError });
  const connect = () => connectBus({ url: config.NATS_URL, namespace, name: 'recorder', onError });
  const bus = await connectWithRetry('NATS', connect, { log });

  const recorder = createEventRecorder({ history: store, now: Date.now, ...observer });
  const { record: handler } = recorder;
  const { onPoison } = observer;
  const events = await bus.consumeBatches({
    durable: 'recorder',
    maxBatch: 500,
    maxWaitMs: 20,
    handler,
    onPoison,
  });
  const progress = () => events.progress();
  const afterMs = config.RECONCILE_AFTER;
  const sweep = createReconcile({ history: store, queue, progress, now: Date.now, afterMs });
  const reconciler = startReconciler({
    everyMs: config.RECONCILE_INTERVAL,
    sweep: (signal) => sweep(signal).then(observer.onSwept),
    onError,
  });
  const checks = {
    bus: () => (bus.isConnected() ? null : 'NATS is away: no event can be read'),
    history: recorder.trouble,
  };
  const health = await startHealthServer({
    port: config.HEALTH_PORT,
    host: config.HEALTH_HOST,
    metrics,
    checks,
  });
  log.info({ healthPort: health.port }, 'writing call history');

  await lifecycle.stopRequested;
  const steps = [
    { name: 'reconciler', run: () => reconciler.stop() },
    { name: 'events', run: () => events.close() },
    { name: 'bus', run: () => bus.close() },
    { name: 'queue', run: () => queue.close() },
    { name: 'store', run: () => store.close() },
    { name: 'health', run: () => health.close() },
  ];
  await lifecycle.drain(steps, { timeoutMs: config.DRAIN_TIMEOUT, log });
});
