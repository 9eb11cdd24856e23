import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  advanceCall,
  CALLS_STREAM,
  type Call,
  type CallEvent,
  type DirectoryAccount,
  type DirectoryEntry,
  type Fence,
  mintSid,
  openCall,
  recordOf,
} from '@trunkline/contracts';
import { type Log, queuedCall } from '@trunkline/contracts/testing';
import { connect } from 'nats';
import type { Bus, BusOptions } from './bus.js';
import { connectBus } from './connect-bus.js';
import { parseServerAddress } from './server-address.js';

/** A cluster's bus, of a test's own, on the server of TEST_NATS_URL. */
export interface TestBus {
  url: string;
  namespace: string;
  /** Another process's connection to the same cluster; closed by `drop`. */
  connect(options?: Partial<BusOptions>): Promise<Bus>;
  /** The place in the stream of the last message that the server gave to anybody. */
  deliveredUpTo(durable: string): Promise<number>;
  /** Closes every connection and deletes what is on the server. */
  drop(): Promise<void>;
}

export function createTestBus(serverUrl: string | undefined): TestBus {
  if (!serverUrl) throw new Error('TEST_NATS_URL is not set: `npm test` starts a NATS server and sets it');
  const namespace = `t${randomBytes(6).toString('hex')}`;
  const buses: Bus[] = [];
  return {
    url: serverUrl,
    namespace,
    connect: async (options) => {
      const bus = await connectBus({ url: serverUrl, namespace, name: 'test', ...options });
      buses.push(bus);
      return bus;
    },
    deliveredUpTo: (durable) => deliveredUpTo(serverUrl, `${namespace}_${CALLS_STREAM}`, durable),
    drop: async () => {
      await Promise.all(buses.map((bus) => bus.close()));
      await deleteStreams(serverUrl, namespace);
    },
  };
}

async function deliveredUpTo(url: string, stream: string, durable: string): Promise<number> {
  const nats = await connect(parseServerAddress(url));
  const manager = await nats.jetstreamManager();
  const { delivered } = await manager.consumers.info(stream, durable);
  await nats.close();
  return delivered.stream_seq;
}

async function deleteStreams(url: string, namespace: string): Promise<void> {
  const nats = await connect(parseServerAddress(url));
  const manager = await nats.jetstreamManager();
  for await (const name of manager.streams.names()) {
    if (name.includes(namespace)) await manager.streams.delete(name);
  }
  await nats.close();
}

/** A server of a test's own, that it can kill. */
export interface PrivateNats {
  url: string;
  kill(): Promise<void>;
  /** On the same port, with the same data. */
  start(): Promise<void>;
  /** Deletes its data; while it is not running. */
  forget(): Promise<void>;
  /** Kills it, and forgets its data. */
  remove(): Promise<void>;
}

/** @param binary nats-server's path */
export async function startPrivateNats(binary: string): Promise<PrivateNats> {
  const directory = await mkdtemp(join(tmpdir(), 'trunkline-nats-'));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const kill = async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    child = null;
  };
  const server: PrivateNats = {
    url: `nats://127.0.0.1:${port}`,
    kill,
    start: async () => {
      child = spawn(binary, ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', directory]);
      await ready(child);
    },
    forget: () => rm(directory, { recursive: true, force: true }),
    remove: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stderr?.on('data', (data) => {
      output += data;
      if (output.includes('Server is ready')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`nats-server ended: ${output}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The first events of a call. */
export function callStory(length = 1, changes: Partial<Call> = {}): CallEvent[] {
  const events = [openCall(queuedCall(changes), '/trunkline/test')];
  while (events.length < length) {
    const last = events[events.length - 1] as CallEvent;
    events.push(advanceCall(recordOf(last), 'updated', {}, new Date(), '/trunkline/test'));
  }
  return events;
}

export function fenceOf(owner: string): Fence {
  return { owner, kind: 'dialer', claimId: randomBytes(8).toString('hex'), at: new Date().toISOString() };
}

export function accountEntry(): DirectoryAccount {
  const sid = mintSid('AC');
  return {
    kind: 'account',
    sid,
    parentSid: null,
    status: 'active',
    currency: 'USD',
    authTokenSealed: 'c2VhbA==',
  };
}

export function rateEntry(): DirectoryEntry {
  const at = new Date().toISOString();
  const money = { currency: 'USD', connectionFee: '0', pricePerMinute: '0.01', incrementSeconds: 60 };
  const match = { accountSid: mintSid('AC'), direction: 'outbound', prefix: '1', description: '' } as const;
  return {
    kind: 'rate',
    rate: { sid: mintSid('RT'), ...match, ...money, dateCreated: at, dateUpdated: at },
  };
}

/** Watches the directory into a log, in the order of what is told. */
export function watchInto(
  bus: Bus,
  log: Log<[string, DirectoryEntry | null] | 'ready'>,
): Promise<{ stop(): void }> {
  return bus.directory.watch({
    onEntry: (key, entry) => log.add([key, entry]),
    onReady: () => log.add('ready'),
  });
}
