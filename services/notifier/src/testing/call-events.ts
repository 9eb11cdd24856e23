import {
  advanceCall,
  CALLBACK_EVENTS,
  type Call,
  type CallbackEvent,
  type CallEvent,
  type CallEventName,
  openCall,
  recordOf,
} from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';

export interface CallStory {
  url: string;
  method?: 'GET' | 'POST';
  asked?: readonly CallbackEvent[];
  changes?: Partial<Call>;
}

const START_MS = Date.parse('2026-11-24T09:05:00.000Z');

/** The events of one call, a second apart, that goes through the names given after `queued`. */
export function callEvents(
  story: CallStory,
  names: Exclude<CallEventName, 'queued' | 'deleted'>[],
): CallEvent[] {
  const { url, method = 'POST', asked = CALLBACK_EVENTS, changes = {} } = story;
  const statusCallback = { url, method, events: [...asked], dueCount: 0 };
  const events = [openCall(queuedCall({ ...changes, statusCallback }), 'test')];
  for (const name of names) {
    const from = recordOf(events.at(-1) as CallEvent);
    const now = new Date(START_MS + events.length * 1000);
    const answered = name === 'in-progress' ? { startTime: now.toISOString() } : {};
    events.push(
      advanceCall(from, name, { sipCode: SIP_CODES[name] ?? from.call.sipCode, ...answered }, now, 'test'),
    );
  }
  return events;
}

const SIP_CODES: Partial<Record<CallEventName, number>> = { ringing: 180, 'in-progress': 200, busy: 486 };

/** All four callbacks. */
export const ANSWERED = ['initiated', 'ringing', 'in-progress', 'completed'] as const;
