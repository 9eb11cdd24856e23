import { type Call, type CallEvent, type CallRecord, recordOf } from '@trunkline/contracts';
import { nextEvent, type Teller } from '../next-event.js';
import type { PublishedEvent } from './call-machine.js';

/** A call's story as it is told: the record so far, and each event in its order. */
export interface Journal {
  /** The call as of the last event, and what was added to it since. */
  record(): CallRecord;
  /** Adds to the record what is told with the next event. */
  add(changes: Partial<Call>): void;
  /** Makes the call's next event and hands it on. */
  note(event: PublishedEvent, changes: Partial<Call>): CallEvent;
}

export interface JournalOptions extends Teller {
  record: CallRecord;
  publish: (event: CallEvent) => void;
}

/** Starts a journal from the record that came with the job. */
export function createJournal(options: JournalOptions): Journal {
  let record = options.record;
  return {
    record: () => record,
    add(changes) {
      record = { ...record, call: { ...record.call, ...changes } };
    },
    note(name, changes) {
      const now = options.now();
      const happening = { name, changes: { ...timesOf(name, record.call, now), ...changes } };
      const event = nextEvent(record, happening, { ...options, now: () => now });
      record = recordOf(event);
      options.publish(event);
      return event;
    },
  };
}

/** The times that an event itself sets. Clocks of two machines may differ: nothing waits less than no time. */
function timesOf(name: PublishedEvent, call: Call, now: Date): Partial<Call> {
  if (name === 'initiated') return { queueTimeMs: Math.max(0, now.getTime() - Date.parse(call.dateCreated)) };
  return name === 'in-progress' ? { startTime: now.toISOString() } : {};
}
