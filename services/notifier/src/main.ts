import { connectBus } from '@trunkline/bus';
import {
  connectWithRetry,
  createLifecycle,
  createLogger,
  createMetrics,
  runMain,
  startHealthServer,
  systemClock,
} from '@trunkline/runtime';
import { readNotifierConfig } from './config.js';
import { ACK_WAIT_MS, createDeliverer } from './deliver-callbacks.js';
import { createDeliveryObserver, gaugeDeliveries, poisonReporter } from './observe-delivery.js';
import { openSender } from './open-sender.js';

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
  const sender = await openSender({ bus, config, log });
  const deliverer = createDeliverer({
    send: sender.send,
    observer: createDeliveryObserver(metrics, log, sender.owner),
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
    { name: 'sender', run: () => sender.close() },
    { name: 'health', run: () => health.close() },
  ];
  await lifecycle.drain(steps, { timeoutMs: config.DRAIN_TIMEOUT, log });
});
