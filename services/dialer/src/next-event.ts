import {
  advanceCall,
  type Call,
  type CallEvent,
  type CallEventName,
  type CallRecord,
  type Charge,
  isFinalStatus,
} from '@trunkline/contracts';
import { endAttempts } from './call/attempts.js';

/** Who tells what happens to a call, when, and what it costs in the end. */
export interface Teller {
  /** The CloudEvents `source`. */
  source: string;
  now: () => Date;
  /** What a call that is over costs. */
  chargeFor: (call: Call) => Charge;
}

export interface Happening {
  name: Exclude<CallEventName, 'queued' | 'deleted'>;
  changes: Partial<Call>;
}

/**
 * A call's next event. Every end that a dialer tells is made here: it has its price, which the talk's length decides, and
 * no INVITE is under way any more.
 */
export function nextEvent(record: CallRecord, { name, changes }: Happening, teller: Teller): CallEvent {
  const event = advanceCall(record, name, changes, teller.now(), teller.source);
  return isFinalStatus(event.data.status) ? { ...event, data: settle(event.data, teller) } : event;
}

function settle(call: Call, { chargeFor }: Teller): Call {
  const silence = { sipCode: null, sipReason: null, q850Cause: null, failure: call.endReason };
  const ended = { ...call, attempts: endAttempts(call.attempts, silence, call.dateUpdated) };
  return { ...ended, ...chargeFor(ended) };
}
