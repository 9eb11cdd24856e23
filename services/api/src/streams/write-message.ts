import { type CallEvent, eventName } from '@trunkline/contracts';
import { publicEvent } from './public-event.js';

/** The media type of server-sent events (WHATWG HTML §9.2.1). */
export const EVENT_STREAM_TYPE = 'text/event-stream; charset=utf-8';

/** An event: its place in the stream, its name, and the CloudEvent as one line, since JSON has no line ends. */
export function eventMessage(event: CallEvent, streamSequence: number): string {
  return `id: ${streamSequence}\n${namedMessage(event)}`;
}

/** Written once for all readers that are given the same event. */
const written = new WeakMap<CallEvent, string>();

/** An event that is not in the stream any more, and so has no place to resume from. */
export function namedMessage(event: CallEvent): string {
  const known = written.get(event);
  if (known !== undefined) return known;
  const message = `event: ${eventName(event)}\ndata: ${JSON.stringify(publicEvent(event))}\n\n`;
  written.set(event, message);
  return message;
}

/**
 * Events were left out, nobody knows how many: the stream does not keep them any more, or they were not found in time.
 * @param after the last event that the reader has
 */
export function gapMessage(after: number | null): string {
  const message = 'Events are missing here: read the calls for what became of them';
  return `event: gap\ndata: ${JSON.stringify({ after, message })}\n\n`;
}

/** How long a client waits before it connects again. */
export function retryMessage(ms: number): string {
  return `retry: ${ms}\n\n`;
}

/**
 * A comment, so that nobody in between takes the connection for dead. With a place: a client that connects again goes on
 * behind what its filters left out too (WHATWG HTML §9.2.6: an id without data is remembered, and nothing is dispatched).
 */
export function heartbeatMessage(place: number | null): string {
  return place === null ? ': alive\n\n' : `: alive\nid: ${place}\n\n`;
}

/** What the reader is told in a comment. */
export function commentMessage(text: string): string {
  return `: ${text}\n\n`;
}
