import type { Logger, Metrics } from '@trunkline/runtime';
import type { CallEnd, SipAddress } from '@trunkline/sip';
import type { CallBack } from './call-back.js';
import type { FinishedCall } from './take-call.js';

/** What the simulator tells: one line a call, and counts. */
export interface Observer {
  onFinished(call: FinishedCall): void;
  onCalledBack(call: CallBack, end: CallEnd): void;
  onError(error: Error): void;
  onFault(fault: { error: Error; from: SipAddress }): void;
}

export function createObserver(metrics: Metrics, log: Logger): Observer {
  const calls = metrics.counter('simulated_calls_total', 'Calls that are over, by how they ended', ['end']);
  const faults = metrics.counter('sip_faults_total', 'Datagrams that were no SIP message');
  return {
    onFinished(call) {
      calls.inc({ end: call.end });
      log.info(call, `call to ${call.number}: ${call.end}`);
    },
    onCalledBack(call, end) {
      calls.inc({ end: `called-back-${end.kind}` });
      log.info({ to: call.to, from: call.from, end: end.kind }, `call back to ${call.to}: ${end.kind}`);
    },
    onError: (error) => log.warn({ err: error }, 'a call could not go on as its number wants'),
    onFault({ error, from }) {
      faults.inc();
      log.debug({ err: error, from }, 'not a SIP message');
    },
  };
}
