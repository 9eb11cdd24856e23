import { connectBus } from '@trunkline/bus';
import {
  connectWithRetry,
  createLifecycle,
  createLogger,
  createMetrics,
  runMain,
  startHealthServer,
} from '@trunkline/runtime';
import { createWebhookClient } from '@trunkline/webhook';
import { systemClock } from './clock.js';
import { readNotifierConfig } from './config.js';
import { ACK_WAIT_MS, createDeliverer } from './deliver-callbacks.js';
import { createDeliveryObserver, gaugeDeliveries, poisonReporter } from './observe-delivery.js';
import { sendCallback } from './send-callback.js';

runMain('notifier', async () => {
  const config = readNotifierConfig();
  const log = createLogger({ service: 'notifier', level: config.LOG_LEVEL });
  const lifecycle = createLifecycle();
  const metrics = createMetrics('notifier');
  const onError = (error: Error) => log.warn({ err: error }, 'something failed, and is tried again');
  const { NATS_URL: url, NAMESPACE: namespace, CALLBACKS_HELD: maxHeld } = config;
  const connect = () => connectBus({ url, namespace, name: 'notifier', onError });
  const bus = await connectWithRetry('NATS', connect, { log });
  const { CALLBACKS_PER_HOST: perOrigin, CALLBACKS_UNDER_WAY: total } = config;
  const client = createWebhookClient({
    allowPrivate: config.CALLBACK_ALLOW_PRIVATE,
    timeoutMs: config.CALLBACK_TIMEOUT,
    maxConnectionsPerOrigin: perOrigin,
    maxConnections: 2 * total,
  });
  const deliverer = createDeliverer({
    send: (callback) => sendCallback(client, callback),
    observer: createDeliveryObserver(metrics, log),
    clock: systemClock,
    limits: { perOrigin, total, maxHeld, maxParked: 2 * maxHeld },
  });
  gaugeDeliveries(metrics, () => deliverer.counts());
  const events = await bus.consumeEach({
    durable: 'notifier',
    ackWaitMs: ACK_WAIT_MS,
    maxInFlight: maxHeld,
    handler: (delivery) => deliverer.accept(delivery),
    onPoison: poisonReporter(metrics, log),
  });
  const checks = { bus: () => (bus.isConnected() ? null : 'NATS is away: no event can be read') };
  const { HEALTH_PORT: port, HEALTH_HOST: host } = config;
  const health = await startHealthServer({ port, host, metrics, checks });
  log.info({ healthPort: health.port }, 'sending callbacks');

  await lifecycle.stopRequested;
  const steps = [
    { name: 'requests', run: () => deliverer.stop() },
    { name: 'events', run: () => events.close() },
    { name: 'bus', run: () => bus.close() },
    { name: 'client', run: () => client.close() },
    { name: 'health', run: () => health.close() },
  ];
  await lifecycle.drain(steps, { timeoutMs: config.DRAIN_TIMEOUT, log });
});
