import { connectBus } from '@trunkline/bus';
import {
  connectWithRetry,
  createLifecycle,
  createLogger,
  createMetrics,
  runMain,
  startHealthServer,
} from '@trunkline/runtime';
import { buildDialer, CHECKS, type Dialer } from './build/build-dialer.js';
import { openBooks } from './build/open-books.js';
import { openSipTransports } from './build/open-transports.js';
import { loadConfig } from './config.js';
import { DRAIN_EXTRA_MS } from './drain.js';
import { createAdmission } from './jobs/admission.js';

runMain('dialer', async () => {
  const lifecycle = createLifecycle();
  const config = loadConfig();
  const log = createLogger({ service: 'dialer', level: config.LOG_LEVEL, instance: config.dialerId });
  const metrics = createMetrics('dialer');
  const admission = createAdmission(['no-lease', 'no-directory']);

  let dialer: Dialer | null = null;
  const check = (name: (typeof CHECKS)[number]) => () => (dialer ? dialer.complaints()[name] : 'starting');
  const health = await startHealthServer({
    port: config.HEALTH_PORT,
    host: config.HEALTH_HOST,
    metrics,
    checks: Object.fromEntries(CHECKS.map((name) => [name, check(name)])),
  });
  const isTrusted = (host: string) => dialer?.isTrusted(host) ?? false;
  const transport = await openSipTransports({ config, isTrusted });
  const connect = () =>
    connectBus({
      url: config.NATS_URL,
      namespace: config.NAMESPACE,
      name: config.dialerId,
      onConnection: (up) => admission.set('no-bus', !up),
      onError: (err) => log.warn({ err }, 'the bus has a fault'),
    });
  const bus = await connectWithRetry('NATS', connect, { log, signal: lifecycle.signal });
  const books = await openBooks({ bus, secretKey: config.SECRET_KEY, log, signal: lifecycle.signal });

  dialer = buildDialer({ config, log, metrics, bus, transport, admission, ...books });
  dialer.start();
  const { publicAddress, SIP_PORT, tcpPort, tlsPort } = config;
  const ports = { sipPort: SIP_PORT, tcpPort, tlsPort, healthPort: health.port };
  log.info({ publicAddress, ...ports }, 'dialer is started');

  log.info({ signal: await lifecycle.stopRequested }, 'asked to stop');
  const steps = [...dialer.drainSteps(), { name: 'close health', run: () => health.close() }];
  await lifecycle.drain(steps, { timeoutMs: config.DRAIN_TIMEOUT + DRAIN_EXTRA_MS, log });
});
