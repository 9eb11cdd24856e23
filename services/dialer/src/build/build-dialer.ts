import { openLimits } from '@trunkline/limits';
import { startDialWorker } from '@trunkline/queue';
import { systemClock } from '@trunkline/sip';
import { createWebhookClient } from '@trunkline/webhook';
import type { CallSurroundings } from '../call/call-surroundings.js';
import { createHeldCalls } from '../call/live-calls.js';
import { countTimers } from '../count-timers.js';
import { drainSteps } from '../drain.js';
import { buildInviteHandler } from '../inbound/build-inbound.js';
import { buildJobHandler } from '../jobs/build-job-handler.js';
import { createHangUpLost } from '../lost/hang-up-lost.js';
import { createLeaseKeeper, type LeaseKeeper } from '../lost/lease.js';
import { createOwnership, type Ownership } from '../lost/ownership.js';
import { createTakeOver } from '../lost/take-over.js';
import { createDialerMeter, watchParts } from '../metrics.js';
import { createPasswordOpener } from '../sip-login.js';
import { openTrunks } from '../trunks/open-trunks.js';
import { awaitDirectory } from './await-directory.js';
import { buildAudio } from './build-audio.js';
import { buildSip } from './build-sip.js';
import { buildSurroundings } from './build-surroundings.js';
import type { DialerBase, DialerParts } from './dialer-parts.js';

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
  const { agent, door, finder } = buildSip(base, { clock, meter, now });
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
