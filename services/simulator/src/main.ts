import { createMediaClock, createPortPool, openMediaSession } from '@trunkline/media';
import {
  blameVariables,
  createLifecycle,
  createLogger,
  createMetrics,
  runMain,
  startHealthServer,
} from '@trunkline/runtime';
import { bindUdpTransport, createUserAgent, systemClock } from '@trunkline/sip';
import { createCaller } from './call-back.js';
import { readSimulatorConfig } from './config.js';
import { createInviteCounts } from './count-invites.js';
import { createNumberingPlan } from './numbers/behaviour-of.js';
import { createObserver } from './observe.js';
import { takeCall } from './take-call.js';

runMain('simulator', async () => {
  const config = readSimulatorConfig();
  const log = createLogger({ service: 'simulator', level: config.LOG_LEVEL });
  const lifecycle = createLifecycle();
  const metrics = createMetrics('simulator');
  const observer = createObserver(metrics, log);
  const counts = createInviteCounts();
  const credentials = { username: config.SIMULATOR_USER, password: config.SIMULATOR_PASSWORD };
  const behaviourOf = createNumberingPlan(credentials);

  const bindHost = config.SIP_BIND;
  const publicHost = config.SIP_PUBLIC_ADDRESS ?? bindHost;
  const ports = createPortPool(config.RTP_PORTS);
  const mediaClock = createMediaClock();
  const openMedia = () =>
    openMediaSession({ ports, clock: mediaClock, bindHost, publicHost, onError: observer.onError });

  const transport = await blameVariables(
    ['SIP_BIND', 'SIMULATOR_PORT'],
    bindUdpTransport({ host: bindHost, port: config.SIMULATOR_PORT }),
  );
  const agent = createUserAgent({
    transport,
    clock: systemClock,
    publicAddress: () => ({ host: publicHost, port: transport.local.port }),
    product: 'Trunkline-Simulator',
    onFault: observer.onFault,
    onInvite(call) {
      counts.add(call.calledUser, call.callId);
      const behaviour = behaviourOf(call.calledUser);
      takeCall(call, { clock: systemClock, behaviour, openMedia, callBack, ...observer });
    },
  });
  const callBack = createCaller({
    agent,
    clock: systemClock,
    openMedia,
    onFinished: observer.onCalledBack,
    onError: observer.onError,
  });
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
