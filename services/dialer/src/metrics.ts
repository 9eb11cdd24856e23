import { eventName, isFinalStatus } from '@trunkline/contracts';
import type { MediaClock, PortPool } from '@trunkline/media';
import type { Metrics } from '@trunkline/runtime';
import type { UserAgent } from '@trunkline/sip';
import { CALL_STATE_NAMES } from './call/call-machine.js';
import type { CallMeter } from './call/call-surroundings.js';
import type { HeldCalls } from './call/live-calls.js';
import type { JobResult } from './take-jobs.js';

/** What is counted as it happens. */
export interface DialerMeter extends CallMeter {
  jobTaken(result: JobResult): void;
  markupFetched(result: 'ok' | 'failed'): void;
  sipFault(): void;
  callTakenOver(): void;
}

const WAIT_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export function createDialerMeter(metrics: Metrics): DialerMeter {
  const jobs = metrics.counter('dial_jobs_total', 'Jobs handled, by what became of them', ['result']);
  const invites = metrics.counter('invites_total', 'INVITEs sent, those over a further trunk included');
  const legs = metrics.counter('trunk_legs_total', 'Legs that ended, by trunk', ['trunk', 'outcome']);
  const outcomes = metrics.counter('calls_ended_total', 'Calls ended', ['status', 'reason']);
  const wait = metrics.histogram('call_queue_seconds', 'From acceptance to the first INVITE', WAIT_SECONDS);
  const markup = metrics.counter('markup_requests_total', 'Requests for markup', ['result']);
  const faults = metrics.counter('sip_faults_total', 'Datagrams that are no SIP, or hostile');
  const takeovers = metrics.counter('calls_taken_over_total', 'Calls of lost dialers that were ended here');
  return {
    jobTaken: (result) => jobs.inc({ result }),
    markupFetched: (result) => markup.inc({ result }),
    sipFault: () => faults.inc(),
    callTakenOver: () => takeovers.inc(),
    inviteSent: () => invites.inc(),
    legEnded: (trunk, outcome) => legs.inc({ trunk, outcome }),
    published: (event) => {
      const { status, endReason, queueTimeMs } = event.data;
      if (isFinalStatus(status)) outcomes.inc({ status, reason: endReason ?? 'unknown' });
      if (eventName(event) === 'initiated' && queueTimeMs !== null) wait.observe(queueTimeMs / 1000);
    },
  };
}

export interface WatchedParts {
  calls: HeldCalls;
  agent: Pick<UserAgent, 'counts'>;
  ports: PortPool;
  mediaClock: Pick<MediaClock, 'lateness'>;
  outbox: { depth(): number };
  isAdmitting: () => boolean;
}

/** Shows what the parts hold at each scrape. */
export function watchParts(metrics: Metrics, parts: WatchedParts): void {
  const { calls, agent, ports, mediaClock, outbox, isAdmitting } = parts;
  metrics.gauge('call_places_taken', 'Calls held, claims under way included', () => calls.size());
  for (const state of CALL_STATE_NAMES) {
    const name = `calls_in_${state.replaceAll('-', '_')}`;
    metrics.gauge(name, `Calls in the state ${state}`, () => calls.countIn(state));
  }
  metrics.gauge('admitting', '1 while calls are taken', () => Number(isAdmitting()));
  metrics.gauge('outbox_events', 'Events not acknowledged yet', () => outbox.depth());
  metrics.gauge('rtp_ports_free', 'Port pairs left for audio', () => ports.free());
  metrics.gauge('media_tick_late_ms', 'How late the last audio tick was', () => mediaClock.lateness().lastMs);
  metrics.gauge(
    'sip_client_transactions',
    'Requests sent and unanswered',
    () => agent.counts().clientTransactions,
  );
  metrics.gauge(
    'sip_server_transactions',
    'Requests taken, still remembered',
    () => agent.counts().serverTransactions,
  );
  metrics.gauge('sip_dialogs', 'SIP dialogs', () => agent.counts().dialogs);
}
