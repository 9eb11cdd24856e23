import type { Delivery } from '@trunkline/bus';
import {
  type CallbackEvent,
  type CallEvent,
  callbackEventOf,
  eventName,
  isCallbackDue,
  isFinalStatus,
} from '@trunkline/contracts';
import { callbackParams } from './callback-params.js';

/** One StatusCallback to be sent: the event's delivery, and what the request needs. */
export interface Callback {
  /** The newest delivery of the event: the one to acknowledge. */
  delivery: Delivery;
  readonly id: string;
  readonly callSid: string;
  readonly accountSid: string;
  /** The event's place within its call. */
  readonly sequence: number;
  readonly isFinal: boolean;
  readonly event: CallbackEvent;
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly params: [string, string][];
  /** Whose time and connections it takes: scheme, host and port. */
  readonly origin: string;
  /** When the event happened, and when it came here; ms since 1970. */
  readonly happenedMs: number;
  readonly receivedMs: number;
  /** Requests made for it so far. */
  attempts: number;
}

/** Makes the callback that an event asks for, or null when it asks for none. */
export function toCallback(delivery: Delivery, receivedMs: number): Callback | null {
  const { event } = delivery;
  const name = eventName(event);
  const asked = callbackEventOf(name);
  const target = event.data.statusCallback;
  // The same rule that counted it, so that what is due and what is sent cannot differ.
  if (asked === null || target === null || !isCallbackDue(event.data, name)) return null;
  return {
    delivery,
    id: event.id,
    callSid: event.data.sid,
    accountSid: event.data.accountSid,
    sequence: event.sequence,
    isFinal: isFinalStatus(event.data.status),
    event: asked,
    url: target.url,
    method: target.method,
    params: callbackParams(event),
    origin: originOf(event, target.url),
    happenedMs: Date.parse(event.time),
    receivedMs,
    attempts: 0,
  };
}

/** What is no URL is a lane of its own: it is refused when it is sent. */
function originOf(event: CallEvent, url: string): string {
  return URL.canParse(url) ? new URL(url).origin : event.data.sid;
}
