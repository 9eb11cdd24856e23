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
import { startRecorder } from './start-recorder.js';

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

  const { checks, drainSteps } = await startRecorder({ config, store, queue, bus, observer });
  const health = await startHealthServer({
    port: config.HEALTH_PORT,
    host: config.HEALTH_HOST,
    metrics,
    checks,
  });
  log.info({ healthPort: health.port }, 'writing call history');

  await lifecycle.stopRequested;
  const steps = [
    ...drainSteps,
    { name: 'bus', run: () => bus.close() },
    { name: 'queue', run: () => queue.close() },
    { name: 'store', run: () => store.close() },
    { name: 'health', run: () => health.close() },
  ];
  await lifecycle.drain(steps, { timeoutMs: config.DRAIN_TIMEOUT, log });
});
