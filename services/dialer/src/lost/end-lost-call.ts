import {
  advanceCall,
  type CallEvent,
  type CallRecord,
  type EndReason,
  isFinalStatus,
  TAKEOVER_SEQUENCE_JUMP,
} from '@trunkline/contracts';
import { nextEvent, type Teller } from '../next-event.js';

/**
 * The end of a call whose dialer is gone. It jumps ahead, to stand above what that dialer told and did not note. An end
 * that the dialer noted itself is told as it was, under the same id: nobody takes it twice.
 */
export function endLostCall(record: CallRecord, teller: Teller): CallEvent {
  const { call, sequence } = record;
  if (!isFinalStatus(call.status)) {
    return failCall({ call, sequence: sequence + TAKEOVER_SEQUENCE_JUMP }, 'dialer-lost', teller);
  }
  const before = { call, sequence: sequence - 1 };
  const event = advanceCall(before, call.status, {}, teller.now(), teller.source);
  return { ...event, time: call.dateUpdated, data: call };
}

/** The end of a call that failed on our side before anybody talked on it, or because nobody is there to talk. */
export function failCall(record: CallRecord, endReason: EndReason, teller: Teller): CallEvent {
  return nextEvent(record, { name: 'failed', changes: { endReason, hangupSide: 'local' } }, teller);
}
