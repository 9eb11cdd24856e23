import { connect, Events, type NatsConnection, type QueuedIterator, type Status } from 'nats';
import { BusUnavailableError } from './errors.js';
import { toBusError } from './nats-error.js';
import { parseServerAddress } from './server-address.js';

const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_WAIT_MS = 500;
/** A server that went silent without closing is noticed after two of these. */
const PING_INTERVAL_MS = 10_000;
/** How long close waits for what is still on its way out. */
const FLUSH_TIMEOUT_MS = 2_000;

/** A connection that comes back by itself, and whose state is known, so that nothing waits in the client's buffers. */
export interface Link {
  readonly nats: NatsConnection;
  isConnected(): boolean;
  /**
   * Does something over the connection. Its failures become this package's errors, and it fails at once, and not only
   * at the client's time-out, when the connection is not there or is lost meanwhile.
   */
  ask<T>(what: string, request: () => Promise<T>): Promise<T>;
  /** False when the time was up first. */
  waitUntilConnected(timeoutMs: number): Promise<boolean>;
  /** Returns what takes the listener out again. */
  onChange(listener: (up: boolean) => void): () => void;
  /** Sends what is left when it can, and ends. */
  close(): Promise<void>;
}

/** @throws BusUnavailableError when there is no server, or it does not let us in */
export async function openLink(url: string, name: string): Promise<Link> {
  const address = parseServerAddress(url);
  try {
    const nats = await connect({
      ...address,
      name,
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_WAIT_MS,
      // A server in the middle of a change of its accounts refuses for a moment those whom it knows again later.
      ignoreAuthErrorAbort: true,
      pingInterval: PING_INTERVAL_MS,
      // A stack trace a request costs more than the request.
      noAsyncTraces: true,
    });
    return watchConnection(nats);
  } catch (error) {
    throw new BusUnavailableError(`NATS at ${String(address.servers)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function watchConnection(nats: NatsConnection): Link {
  const listeners = new Set<(up: boolean) => void>();
  const underWay = new Set<(error: Error) => void>();
  let up = true;
  const change = (now: boolean) => {
    if (up === now) return;
    up = now;
    if (!up) for (const abandon of underWay) abandon(lostError());
    for (const listener of [...listeners]) listener(up);
  };
  const stopFollowing = followStatus(nats, change);
  const soon = createBatch();
  return {
    nats,
    isConnected: () => up,
    ask: <T>(what: string, request: () => Promise<T>) => {
      if (!up) return Promise.reject(new BusUnavailableError(`${what}: not connected to NATS`));
      return new Promise<T>((resolve, reject) => {
        const fail = (error: unknown) => {
          underWay.delete(fail);
          reject(toBusError(what, error));
        };
        underWay.add(fail);
        const succeed = (value: T) => {
          underWay.delete(fail);
          resolve(value);
        };
        soon(() => {
          // Abandoned meanwhile: nothing was sent, and nothing is.
          if (underWay.has(fail)) start(request).then(succeed, fail);
        });
      });
    },
    waitUntilConnected: (timeoutMs) => waitUntilUp(timeoutMs, () => up, listeners),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      if (up) await within(FLUSH_TIMEOUT_MS, nats.flush());
      listeners.clear();
      await nats.close();
      stopFollowing();
    },
  };
}

/**
 * Sends things together that one turn of the event loop wants to send: the client writes to its socket once for all of
 * them, and a write costs more than the request in it.
 */
function createBatch(): (send: () => void) => void {
  let waiting: (() => void)[] = [];
  const sendAll = () => {
    const batch = waiting;
    waiting = [];
    for (const send of batch) send();
  };
  return (send) => {
    if (waiting.length === 0) setImmediate(sendAll);
    waiting.push(send);
  };
}

/** In the batch nobody is there to catch what a request throws before it has a promise. */
async function start<T>(request: () => Promise<T>): Promise<T> {
  return request();
}

/** Returns what ends it. */
function followStatus(nats: NatsConnection, change: (up: boolean) => void): () => void {
  // The client promises less than it gives: without stop() the iterator outlives the connection.
  const statuses = nats.status() as QueuedIterator<Status>;
  const follow = async () => {
    for await (const status of statuses) {
      if (status.type === Events.Disconnect) change(false);
      if (status.type === Events.Reconnect) change(true);
    }
  };
  // It cannot reject: nothing stops the iterator with an error.
  void follow();
  return () => {
    statuses.stop();
    change(false);
  };
}

function lostError(): BusUnavailableError {
  return new BusUnavailableError('the connection to NATS was lost', { outcomeUnknown: true });
}

function waitUntilUp(
  timeoutMs: number,
  isUp: () => boolean,
  listeners: Set<(up: boolean) => void>,
): Promise<boolean> {
  if (isUp()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const listener = (up: boolean) => {
      if (up) finish(true);
    };
    const timer = setTimeout(() => finish(false), timeoutMs);
    const finish = (result: boolean) => {
      clearTimeout(timer);
      listeners.delete(listener);
      resolve(result);
    };
    listeners.add(listener);
  });
}

/** Waits for something that does not matter enough to fail. */
async function within(timeoutMs: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([done.catch(() => undefined), timeUp]);
  clearTimeout(timer);
}
