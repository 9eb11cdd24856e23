import { createMediaClock, createPortPool } from '@trunkline/media';
import {
  blameVariables,
  createLifecycle,
  createLogger,
  createMetrics,
  runMain,
  startHealthServer,
} from '@trunkline/runtime';
import { bindUdpTransport } from '@trunkline/sip';
import { buildPhones } from './build-phones.js';
import { readSimulatorConfig } from './config.js';
import { createInviteCounts } from './count-invites.js';
import { createObserver } from './observe.js';

runMain('simulator', async () => {
  const config = readSimulatorConfig();
  const log = createLogger({ service: 'simulator', level: config.LOG_LEVEL });
  const lifecycle = createLifecycle();
  const metrics = createMetrics('simulator');
  const observer = createObserver(metrics, log);
  const counts = createInviteCounts();
  const ports = createPortPool(config.RTP_PORTS);
  const mediaClock = createMediaClock();

  const transport = await blameVariables(
    ['SIP_BIND', 'SIMULATOR_PORT'],
    bindUdpTransport({ host: config.SIP_BIND, port: config.SIMULATOR_PORT }),
  );
  const agent = buildPhones({ config, transport, ports, mediaClock, counts, observer });
  metrics.gauge('sip_calls', 'Calls in progress', () => agent.counts().calls);
  metrics.gauge('rtp_ports_free', 'Free pairs of RTP ports', () => ports.free());
  const health = await startHealthServer({
    port: config.HEALTH_PORT,
    host: config.HEALTH_HOST,
    metrics,
    checks: {},
    routes: { '/numbers': () => counts.report() },
  });
  log.info({ sipPort: transport.local.port, numbersPort: health.port }, 'phones are waiting to be called');

  await lifecycle.stopRequested;
  const steps = [
    { name: 'sip', run: () => agent.close() },
    { name: 'media', run: async () => mediaClock.stop() },
    { name: 'health', run: () => health.close() },
  ];
  await lifecycle.drain(steps, { timeoutMs: config.DRAIN_TIMEOUT, log });
});
