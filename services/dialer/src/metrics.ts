import { eventName, isFinalStatus } from '@trunkline/contracts';
import type { MediaClock, PortPool } from '@trunkline/media';
import type { Metrics } from '@trunkline/runtime';
import type { AgentCounts, UserAgent } from '@trunkline/sip';
import { CALL_STATE_NAMES } from './call/call-machine.js';
import type { CallMeter } from './call/call-meter.js';
import type { HeldCalls } from './call/live-calls.js';
import type { CountedClock } from './count-timers.js';
import type { InboundMeter } from './inbound/accept-invite.js';
import type { GateMeter } from './inbound/gate.js';
import type { Door, FaultMeter } from './inbound/open-door.js';
import type { JobResult } from './jobs/take-jobs.js';
import type { Trunks } from './trunks/open-trunks.js';

/** What is counted as it happens. */
export interface DialerMeter extends CallMeter, GateMeter, FaultMeter, InboundMeter {
  jobTaken(result: JobResult): void;
  markupFetched(result: 'ok' | 'failed'): void;
  callTakenOver(): void;
}

const TRUNK_STATES = ['up', 'down', 'suspended', 'unknown'] as const;
const WAIT_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export function createDialerMeter(metrics: Metrics): DialerMeter {
  const jobs = metrics.counter('dial_jobs_total', 'Jobs handled, by what became of them', ['result']);
  const invites = metrics.counter('invites_total', 'INVITEs sent, those over a further trunk included');
  const legs = metrics.counter('trunk_legs_total', 'Legs that ended, by trunk', ['trunk', 'outcome']);
  const outcomes = metrics.counter('calls_ended_total', 'Calls ended', ['status', 'reason']);
  const wait = metrics.histogram('call_queue_seconds', 'From acceptance to the first INVITE', WAIT_SECONDS);
  const markup = metrics.counter('markup_requests_total', 'Requests for markup', ['result']);
  const faults = metrics.counter(
    'sip_faults_total',
    'Messages of known peers that are broken, and what failed here',
  );
  const trunkLabel = createBoundedLabel(MAX_TRUNK_LABELS);
  const takeovers = metrics.counter('calls_taken_over_total', 'Calls of lost dialers that were ended here');
  const dropped = metrics.counter('sip_gate_drops_total', 'Messages dropped without a word', ['reason']);
  const signIns = metrics.counter('sip_sign_in_failures_total', 'Clients that were not let in', ['reason']);
  const invited = metrics.counter('inbound_invites_total', 'INVITEs that came, by what was done', ['result']);
  return {
    dropped: (reason) => dropped.inc({ reason }),
    signInFailed: (reason) => signIns.inc({ reason }),
    invited: (result) => invited.inc({ result }),
    jobTaken: (result) => jobs.inc({ result }),
    markupFetched: (result) => markup.inc({ result }),
    sipFault: () => faults.inc(),
    callTakenOver: () => takeovers.inc(),
    inviteSent: () => invites.inc(),
    legEnded: (trunk, outcome) => legs.inc({ trunk: trunkLabel(trunk), outcome }),
    published: (event) => {
      const { status, endReason, queueTimeMs } = event.data;
      if (isFinalStatus(status)) outcomes.inc({ status, reason: endReason ?? 'unknown' });
      if (eventName(event) === 'initiated' && queueTimeMs !== null) wait.observe(queueTimeMs / 1000);
    },
  };
}

/** Customers make as many trunks as they like: beyond these all are one. */
const MAX_TRUNK_LABELS = 200;
const OTHER = 'other';

function createBoundedLabel(max: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (!known.has(value) && known.size >= max) return OTHER;
    known.add(value);
    return value;
  };
}

export interface WatchedParts {
  calls: HeldCalls;
  agent: Pick<UserAgent, 'counts'>;
  ports: PortPool;
  mediaClock: Pick<MediaClock, 'lateness'>;
  outbox: { depth(): number };
  trunks: Pick<Trunks, 'counts'>;
  door: Pick<Door, 'counts'>;
  timers: Pick<CountedClock, 'running'>;
  isAdmitting: () => boolean;
}

/** Shows what the parts hold at each scrape. */
export function watchParts(metrics: Metrics, parts: WatchedParts): void {
  const { calls, agent, ports, mediaClock, outbox, isAdmitting, timers } = parts;
  metrics.gauge('call_places_taken', 'Calls held, claims under way included', () => calls.size());
  for (const state of CALL_STATE_NAMES) {
    const name = `calls_in_${state.replaceAll('-', '_')}`;
    metrics.gauge(name, `Calls in the state ${state}`, () => calls.countIn(state));
  }
  metrics.gauge('admitting', '1 while calls are taken', () => Number(isAdmitting()));
  metrics.gauge('outbox_events', 'Events not acknowledged yet', () => outbox.depth());
  metrics.gauge('rtp_ports_free', 'Port pairs left for audio', () => ports.free());
  metrics.gauge('media_tick_late_ms', 'How late the last audio tick was', () => mediaClock.lateness().lastMs);
  metrics.gauge('timers', 'Timers of SIP and of calls that run', () => timers.running());
  watchSip(metrics, agent);
  watchTrunks(metrics, parts.trunks);
  watchDoor(metrics, parts.door);
}

function watchDoor(metrics: Metrics, door: Pick<Door, 'counts'>): void {
  metrics.gauge(
    'sip_registrations',
    'Devices of clients that registered here',
    () => door.counts().registrations,
  );
  metrics.gauge(
    'sip_sources_shut_out',
    'Addresses that gave too many wrong passwords',
    () => door.counts().penalties,
  );
}

function watchSip(metrics: Metrics, agent: WatchedParts['agent']): void {
  const show = (name: string, help: string, of: (counts: AgentCounts) => number) =>
    metrics.gauge(`sip_${name}`, help, () => of(agent.counts()));
  show('client_transactions', 'Requests sent and unanswered', (counts) => counts.clientTransactions);
  show('server_transactions', 'Requests taken, still remembered', (counts) => counts.serverTransactions);
  show('dialogs', 'SIP dialogs', (counts) => counts.dialogs);
  show('sockets', 'SIP sockets that listen', ({ transport }) => transport.sockets);
  show('connections', 'SIP streams that are open', ({ transport }) => transport.connections);
  countSip(metrics, agent);
}

function countSip(metrics: Metrics, agent: WatchedParts['agent']): void {
  const count = (name: string, help: string, of: (counts: AgentCounts) => number) =>
    metrics.counterOf(`sip_${name}_total`, help, () => of(agent.counts()));
  count(
    'connections_refused',
    'Streams closed for being too many',
    (all) => all.transport.refusedConnections,
  );
  count('connections_failed', 'Streams that could not be opened', (all) => all.transport.failedConnections);
  count('dropped_by_rate', 'Messages of sources that send too many', (all) => all.transport.droppedByRate);
  count('dropped_malformed', 'Streams closed for what came on them', (all) => all.transport.droppedMalformed);
  count('dropped_full', 'Messages that a far end did not read', (all) => all.transport.droppedFull);
  count('edge_requests', 'Requests forwarded for other dialers', ({ edge }) => edge.forwardedRequests);
  count('edge_refused', 'Requests that were not forwarded', ({ edge }) => edge.refused);
}

/** By state and not by trunk: customers make as many as they like, and the leases say which. */
function watchTrunks(metrics: Metrics, trunks: Pick<Trunks, 'counts'>): void {
  for (const state of TRUNK_STATES)
    metrics.gauge(`trunks_${state}`, `Trunks in the state ${state}`, () => trunks.counts().byState[state]);
  metrics.gauge('trunk_breakers_open', 'Trunks that failed too often', () => trunks.counts().broken);
  metrics.gauge('trunk_channels', 'Channels of limited trunks held here', () => trunks.counts().channels);
  metrics.gauge(
    'trunk_registrations_held',
    'Trunks registered with from here',
    () => trunks.counts().registrationsHeld,
  );
  metrics.gauge('trunk_registrations', 'Of these, those that stand', () => trunks.counts().registered);
}
