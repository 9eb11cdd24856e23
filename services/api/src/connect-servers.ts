import { type Bus, connectBus } from '@trunkline/bus';
import { type DialQueue, openDialQueue } from '@trunkline/queue';
import { connectWithRetry, type DrainStep, type Logger } from '@trunkline/runtime';
import { openStore, type Store } from '@trunkline/store';
import type { ApiConfig } from './config.js';

export interface Servers {
  store: Store;
  jobs: DialQueue;
  bus: Bus;
  /** How they are left, in this order. */
  closing: DrainStep[];
}

export interface ConnectOptions {
  config: Pick<ApiConfig, 'DATABASE_URL' | 'REDIS_URL' | 'NATS_URL' | 'NAMESPACE'>;
  /** The connections' name. */
  instance: string;
  log: Logger;
  signal: AbortSignal;
}

/** Waits for NATS, without which no call is accepted; Postgres and Redis may come later. */
export async function connectServers({ config, instance, log, signal }: ConnectOptions): Promise<Servers> {
  const { NAMESPACE: namespace } = config;
  const store = openStore({ url: config.DATABASE_URL, onError: complainOf('Postgres', log) });
  const jobs = openDialQueue({ url: config.REDIS_URL, namespace, onError: complainOf('Redis', log) });
  const connect = () =>
    connectBus({
      url: config.NATS_URL,
      namespace,
      name: instance,
      onConnection: (up) => log.warn(up ? 'NATS is connected again' : 'NATS is disconnected'),
      onError: complainOf('NATS', log),
    });
  const bus = await connectWithRetry('NATS', connect, { log, signal });
  const closing = [
    { name: 'bus', run: () => bus.close() },
    { name: 'queue', run: () => jobs.close() },
    { name: 'store', run: () => store.close() },
  ];
  return { store, jobs, bus, closing };
}

function complainOf(server: string, log: Logger): (error: Error) => void {
  return (err) => log.warn({ err }, `trouble with ${server}`);
}
