import { setTimeout as delay } from 'node:timers/promises';
import type { CallEvent } from '@trunkline/contracts';
import { backOffMs } from './back-off.js';
import type { Outbox, OutboxOptions } from './bus.js';
import { BusRefusedError } from './errors.js';

/** Calls with an event in flight at once: enough for the broker to be busy, few enough for a restart to be gentle. */
const MAX_IN_FLIGHT = 256;
const RETRY = { firstMs: 100, lastMs: 5_000 };

/** What the outbox needs of the bus. */
export interface OutboxPort {
  publish(event: CallEvent): Promise<void>;
  /** False when the time was up first. */
  waitUntilConnected(timeoutMs: number): Promise<boolean>;
}

interface Line {
  events: CallEvent[];
  whenEmpty: (() => void)[];
}

export function createOutbox(port: OutboxPort, options: OutboxOptions = {}): Outbox {
  const lines = new Map<string, Line>();
  // Calls with something to send that wait for a free place.
  const waiting: string[] = [];
  const whenDrained = new Set<() => void>();
  let inFlight = 0;
  let depth = 0;

  const send = async (callSid: string, line: Line) => {
    inFlight += 1;
    const event = line.events[0] as CallEvent;
    await publishForEver(port, event, options);
    line.events.shift();
    depth -= 1;
    inFlight -= 1;
    if (line.events.length > 0) waiting.push(callSid);
    else closeLine(callSid, line);
    sendMore();
  };
  const closeLine = (callSid: string, line: Line) => {
    lines.delete(callSid);
    for (const tell of line.whenEmpty) tell();
    if (depth === 0) for (const tell of [...whenDrained]) tell();
  };
  const sendMore = () => {
    while (inFlight < MAX_IN_FLIGHT) {
      const callSid = waiting.shift();
      const line = callSid === undefined ? undefined : lines.get(callSid);
      if (callSid === undefined || line === undefined) return;
      // It cannot reject: what fails is tried again.
      void send(callSid, line);
    }
  };

  return {
    publish: (event) => {
      depth += 1;
      const line = lines.get(event.subject);
      if (line) {
        line.events.push(event);
        return;
      }
      lines.set(event.subject, { events: [event], whenEmpty: [] });
      waiting.push(event.subject);
      sendMore();
    },
    settled: (callSid) => {
      const line = lines.get(callSid);
      return line ? new Promise((resolve) => line.whenEmpty.push(resolve)) : Promise.resolve();
    },
    depth: () => depth,
    flush: (timeoutMs) => (depth === 0 ? Promise.resolve(true) : drained(timeoutMs, whenDrained)),
  };
}

async function publishForEver(port: OutboxPort, event: CallEvent, options: OutboxOptions): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await port.publish(event);
    } catch (error) {
      // The same event would be refused again, and hold up the call's end behind it.
      if (error instanceof BusRefusedError) return drop(event, error, options);
      options.onError?.(error as Error);
      await delay(backOffMs(attempt, RETRY));
      await port.waitUntilConnected(RETRY.lastMs);
    }
  }
}

function drop(event: CallEvent, error: Error, { onDropped, onError }: OutboxOptions): void {
  if (onDropped) onDropped(event, error);
  else onError?.(error);
}

function drained(timeoutMs: number, whenDrained: Set<() => void>): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (result: boolean) => {
      clearTimeout(timer);
      whenDrained.delete(tell);
      resolve(result);
    };
    const tell = () => finish(true);
    const timer = setTimeout(() => finish(false), timeoutMs);
    whenDrained.add(tell);
  });
}
