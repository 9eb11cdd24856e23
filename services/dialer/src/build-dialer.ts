import { isIP } from 'node:net';
import { openLimits } from '@trunkline/limits';
import { startDialWorker } from '@trunkline/queue';
import { createSipResolver, createUserAgent, systemClock, type UserAgent } from '@trunkline/sip';
import { createWebhookClient } from '@trunkline/webhook';
import { formatHostPort } from './addresses.js';
import { awaitDirectory } from './await-directory.js';
import { buildAudio } from './build-audio.js';
import { buildJobHandler } from './build-job-handler.js';
import { buildSurroundings } from './build-surroundings.js';
import type { CallSurroundings } from './call/call-surroundings.js';
import { createHeldCalls } from './call/live-calls.js';
import type { DialerConfig } from './config.js';
import { countTimers } from './count-timers.js';
import type { DialerBase, DialerParts } from './dialer-parts.js';
import { drainSteps } from './drain.js';
import { createHangUpLost } from './hang-up-lost.js';
import { buildInviteHandler } from './inbound/build-inbound.js';
import { type Door, openDoor } from './inbound/open-door.js';
import { resolveSources } from './inbound/resolve-sources.js';
import { createLeaseKeeper, type LeaseKeeper } from './lease.js';
import { createDialerMeter, type DialerMeter, watchParts } from './metrics.js';
import { createOwnership, type Ownership } from './ownership.js';
import { createPasswordOpener } from './sip-login.js';
import { createTakeOver } from './take-over.js';
import { openTrunks } from './trunks/open-trunks.js';
import { createTrunkReach } from './trunks/trunk-reach.js';
import type { TrunkFinder } from './trunks/trunk-targets.js';

const clock = countTimers(systemClock);

/** What /readyz asks about. */
export const CHECKS = ['bus', 'lease', 'directory', 'queue', 'draining'] as const;

export interface Dialer {
  start(): void;
  /** What keeps it from being ready; null is fine. */
  complaints(): Record<(typeof CHECKS)[number], string | null>;
  /** Whether messages from there are not counted: trunks, and the rest of the cluster. */
  isTrusted(host: string): boolean;
  /** In order; nothing works after them. */
  drainSteps(): { name: string; run: () => Promise<void> }[];
}

/** Puts the parts together; nothing happens before `start`. */
export function buildDialer(base: DialerBase): Dialer {
  const { admission, log, metrics } = base;
  const parts = buildParts(base);
  const surroundings = buildSurroundings(parts);
  parts.door.openTo(buildInviteHandler(parts, surroundings));
  const queue = startWorker(parts, surroundings);
  const takeOver = buildTakeOver(parts);
  admission.watch((open, obstacles) => {
    log.info({ open, obstacles }, open ? 'taking calls' : 'taking no calls');
    if (open) queue.worker.resume();
    else queue.worker.pause();
  });
  watchParts(metrics, {
    ...parts,
    ports: parts.audio.ports,
    mediaClock: parts.audio.clock,
    timers: clock,
    isAdmitting: admission.isOpen,
  });
  const commands = base.bus.serveEndCall(base.config.dialerId, (command) => parts.calls.end(command));
  return {
    start() {
      parts.lease.start();
      // Whoever ends a call prices it, and whoever answers one signs what it asks for.
      void awaitDirectory(parts).then((isReady) => {
        if (!isReady) return;
        parts.trunks.start();
        parts.door.start();
        admission.set('no-directory', false);
        takeOver.start();
      });
    },
    complaints: () => ({
      bus: base.bus.isConnected() ? null : 'not connected',
      lease: parts.ownership.isSure() ? null : 'not held',
      directory: parts.directory.isReady() ? null : 'accounts and rates are not known yet',
      queue: queue.isUp() ? null : 'not connected',
      draining: admission.obstacles().includes('draining') ? 'the process is stopping' : null,
    }),
    isTrusted: (host) => parts.door.isTrusted(host),
    drainSteps: () =>
      buildDrain(parts, { worker: queue.worker, stop: [() => takeOver.stop(), () => commands.stop()] }),
  };
}

function buildParts(base: DialerBase): DialerParts {
  const { config, log, bus, admission, directory } = base;
  const meter = createDialerMeter(base.metrics);
  const calls = createHeldCalls({
    maxCalls: config.MAX_CALLS,
    onRoom: (hasRoom) => admission.set('full', !hasRoom),
  });
  const now = () => new Date();
  const resolver = createSipResolver({
    clock,
    family: isIP(config.publicAddress) === 6 ? 6 : 4,
    protocols: ['UDP', 'TCP', 'TLS'],
  });
  const finder = {
    resolver,
    complainOf: createTrunkReach({ directory, allowPrivate: config.TRUNK_ALLOW_PRIVATE }),
  };
  const door = buildDoor(base, { finder, meter, now });
  const agent = buildAgent(base, { meter, door });
  const limits = openLimits({
    url: config.REDIS_URL,
    namespace: config.NAMESPACE,
    onError: (err) => log.warn({ err }, 'the limits of trunks are not shared: each dialer counts by itself'),
  });
  const trunks = openTrunks({
    dialerId: config.dialerId,
    book: directory,
    limits,
    holds: bus.holds,
    agent,
    ...finder,
    clock,
    now,
    random: Math.random,
    meter,
    log,
  });
  return {
    ...base,
    meter,
    calls,
    agent,
    door,
    resolver,
    limits,
    trunks,
    audio: buildAudio(base),
    outbox: bus.createOutbox({
      onError: (err) => log.warn({ err }, 'an event was not taken; it is sent again'),
      onDropped: ({ id, subject }, err) =>
        log.error({ err, callSid: subject, event: id }, 'the stream will never take an event: it is lost'),
    }),
    webhooks: createWebhookClient({ allowPrivate: config.MARKUP_ALLOW_PRIVATE, userAgent: 'Trunkline' }),
    ...buildClaims(base, { calls, trunks }),
    teller: {
      source: `/trunkline/dialers/${config.dialerId}`,
      now,
      chargeFor: (call) => directory.chargeFor(call),
    },
    openPassword: createPasswordOpener(base.sealer),
  };
}

/** Who is heard, and what they may ask for. */
function buildDoor(
  { config, log, bus, transport, directory }: DialerBase,
  { finder, meter, now }: { finder: TrunkFinder; meter: DialerMeter; now: () => Date },
): Door {
  return openDoor({
    directory,
    locations: bus.locations,
    leases: bus.leases,
    resolveTrunk: (trunk) => resolveSources(trunk, finder),
    dialerId: config.dialerId,
    dialerAddress: formatHostPort(config.publicAddress, transport.local.port),
    realm: config.SIP_REALM,
    expiry: expiryOf(config),
    secretKey: config.SECRET_KEY,
    clock,
    now,
    meter,
    log,
  });
}

/** A device that does not say how long it stays gets the longest there is. */
function expiryOf({ REGISTER_MIN, REGISTER_MAX }: DialerConfig) {
  const [minSeconds, maxSeconds] = [REGISTER_MIN / 1000, REGISTER_MAX / 1000];
  return { minSeconds, maxSeconds, defaultSeconds: maxSeconds };
}

function buildAgent(
  { config, log, transport }: DialerBase,
  { meter, door }: { meter: DialerMeter; door: Door },
): UserAgent {
  return createUserAgent({
    ...door.agentOptions,
    transport,
    clock,
    publicAddress: ({ protocol = 'UDP' }) => ({
      host: config.publicAddress,
      port: (transport.localOf(protocol) ?? transport.local).port,
    }),
    product: 'Trunkline',
    onFault: ({ error, from }) => {
      meter.sipFault();
      log.debug({ err: error, from: from.host }, 'a datagram that is no SIP');
    },
  });
}

/** The lease, and what is done about its loss and return. */
function buildClaims(
  base: DialerBase,
  { calls, trunks }: Pick<DialerParts, 'calls' | 'trunks'>,
): { lease: LeaseKeeper; ownership: Ownership } {
  const { config, log, bus, transport, admission } = base;
  const ownership = createOwnership({
    dialerId: config.dialerId,
    calls,
    notes: bus.liveCalls,
    fences: bus.fences,
    clock,
    log,
    onSure: (sure) => admission.set('no-lease', !sure),
  });
  const lease = createLeaseKeeper({
    lease: {
      dialerId: config.dialerId,
      sipAddress: `${config.publicAddress}:${transport.local.port}`,
      startedAt: new Date().toISOString(),
    },
    trunks: () => trunks.health(),
    store: bus.leases,
    clock,
    log,
    onGained: () => ownership.leaseGained(),
    onLost: () => ownership.leaseLost(),
  });
  return { lease, ownership };
}

/** More than enough to keep calls coming while some wait for the bus. */
const JOBS_AT_ONCE = 64;

function startWorker(parts: DialerParts, surroundings: CallSurroundings) {
  const { config, log } = parts;
  let isUp = false;
  const worker = startDialWorker({
    url: config.REDIS_URL,
    namespace: config.NAMESPACE,
    concurrency: Math.min(JOBS_AT_ONCE, config.MAX_CALLS),
    handler: buildJobHandler(parts, surroundings),
    startPaused: true,
    onError: (err) => log.warn({ err }, 'the queue has a fault'),
    onPoison: (_, err) => log.error({ err }, 'a job is no call'),
    onAvailability: (up) => {
      isUp = up;
      log.info({ up }, up ? 'the queue is reachable' : 'the queue is away');
    },
  });
  return { worker, isUp: () => isUp };
}

function buildTakeOver(parts: DialerParts) {
  const { config, log, bus, agent, calls, lease, meter, openPassword, outbox, teller, trunks } = parts;
  return createTakeOver({
    ...teller,
    dialerId: config.dialerId,
    clock,
    leases: bus.leases,
    notes: bus.liveCalls,
    fences: bus.fences,
    heldForMs: () => lease.heldForMs(),
    holds: (callSid) => calls.has(callSid),
    hangUp: createHangUpLost({ agent, trunks, openPassword }),
    events: outbox,
    onTaken: meter.callTakenOver,
    log,
  });
}

const FLUSH_MS = 3_000;

function buildDrain(
  parts: DialerParts,
  { worker, stop }: { worker: { close(): Promise<void> }; stop: (() => void)[] },
) {
  const { config, admission, agent, audio, bus, calls, door, lease, limits, outbox, trunks, webhooks } =
    parts;
  return drainSteps({
    calls,
    clock,
    timeoutMs: config.DRAIN_TIMEOUT,
    stopTaking: async () => {
      admission.set('draining', true);
      agent.setAvailable(false);
      await Promise.all([lease.setDraining(), trunks.leave()]);
    },
    close: [
      { name: 'finish jobs', run: () => worker.close() },
      {
        name: 'send the last events',
        run: async () => {
          if (!(await outbox.flush(FLUSH_MS))) throw new Error(`${outbox.depth()} events were not sent`);
        },
      },
      { name: 'give up the lease', run: () => lease.release() },
      {
        name: 'close',
        run: async () => {
          for (const end of stop) end();
          door.stop();
          trunks.stop();
          parts.directory.stop();
          audio.clock.stop();
          await Promise.all([agent.close(), webhooks.close(), bus.close(), limits.close()]);
        },
      },
    ],
  });
}
