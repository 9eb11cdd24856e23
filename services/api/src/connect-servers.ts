import { type Bus, connectBus } from '@trunkline/bus';
import { createSealer, type Directory, openDirectory, type Sealer } from '@trunkline/directory';
import { type Limits, openLimits } from '@trunkline/limits';
import { type DialQueue, openDialQueue } from '@trunkline/queue';
import { connectWithRetry, type DrainStep, type Logger } from '@trunkline/runtime';
import { openStore, type Store } from '@trunkline/store';
import type { ApiConfig } from './config.js';

export interface Servers {
  store: Store;
  jobs: DialQueue;
  bus: Bus;
  /** How often the bus has come back so far. */
  busReturns: () => number;
  limits: Limits;
  sealer: Sealer;
  /** What the cluster knows of accounts and rates: at the start as much of it as came in a moment. */
  directory: Directory;
  /** How they are left, in this order. */
  closing: DrainStep[];
}

export interface ConnectOptions {
  config: Pick<ApiConfig, 'DATABASE_URL' | 'REDIS_URL' | 'NATS_URL' | 'NAMESPACE' | 'SECRET_KEY'>;
  /** The connections' name. */
  instance: string;
  log: Logger;
  signal: AbortSignal;
}

/** Without the whole directory it starts all the same. */
const DIRECTORY_TIMEOUT_MS = 2_000;

/** Waits for NATS, without which no call is accepted; Postgres and Redis may come later. */
export async function connectServers({ config, instance, log, signal }: ConnectOptions): Promise<Servers> {
  const { NAMESPACE: namespace } = config;
  const store = openStore({ url: config.DATABASE_URL, onError: complainOf('Postgres', log) });
  const jobs = openDialQueue({ url: config.REDIS_URL, namespace, onError: complainOf('Redis', log) });
  let returns = 0;
  const onConnection = (up: boolean) => {
    if (up) returns += 1;
    log.warn(up ? 'NATS is connected again' : 'NATS is disconnected');
  };
  const connect = () =>
    connectBus({
      url: config.NATS_URL,
      namespace,
      name: instance,
      onConnection,
      onError: complainOf('NATS', log),
    });
  const limits = openLimits({ url: config.REDIS_URL, namespace, onError: complainOf('Redis', log) });
  const bus = await connectWithRetry('NATS', connect, { log, signal });
  const sealer = createSealer(config.SECRET_KEY);
  const directory = await openDirectory({
    source: bus.directory,
    sealer,
    onError: (err) => log.error({ err }, 'a token in the directory cannot be opened'),
  });
  await directory.whenReady(DIRECTORY_TIMEOUT_MS);
  const closing = [
    { name: 'directory', run: async () => directory.stop() },
    { name: 'bus', run: () => bus.close() },
    { name: 'queue', run: () => jobs.close() },
    { name: 'limits', run: () => limits.close() },
    { name: 'store', run: () => store.close() },
  ];
  return { store, jobs, bus, busReturns: () => returns, limits, sealer, directory, closing };
}

function complainOf(server: string, log: Logger): (error: Error) => void {
  return (err) => log.warn({ err }, `trouble with ${server}`);
}
