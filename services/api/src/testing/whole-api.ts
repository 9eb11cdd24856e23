import { randomBytes } from 'node:crypto';
import { createLogger, createMetrics, type DrainStep } from '@trunkline/runtime';
import { createTestDatabase } from '@trunkline/store/testing';
import { vi } from 'vitest';
import { type ApiConfig, readApiConfig } from '../config.js';
import { connectServers, type Servers } from '../connect-servers.js';
import { createRequestMetrics } from '../observe.js';
import { type Features, openFeatures } from '../open-features.js';
import { ACCOUNT, startTestApi, type TestApi } from './test-api.js';

/** The API on real servers, in a database and a namespace of its own. */
export interface WholeApi {
  api: TestApi;
  servers: Servers;
  /** Another start with another environment, on the same servers: until its accounts are ready. */
  restart(env: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}

/** Where the test's servers are, and the `connect` of NATS's own client, by which the namespace is removed. */
export interface TestServers {
  env: NodeJS.ProcessEnv;
  connect: (options: { servers: string; token: string }) => Promise<NatsConnection>;
}

interface NatsConnection {
  jetstreamManager(): Promise<{
    streams: { names(): AsyncIterable<string>; delete(name: string): Promise<boolean> };
  }>;
  close(): Promise<void>;
}

export async function startWholeApi(test: TestServers, env: Record<string, string> = {}): Promise<WholeApi> {
  const namespace = `t${randomBytes(6).toString('hex')}`;
  const database = await createTestDatabase(test.env.TEST_DATABASE_URL);
  const stop = new AbortController();
  const configOf = (more: Record<string, string>) =>
    readApiConfig({
      DATABASE_URL: database.url,
      REDIS_URL: serverUrl(test, 'TEST_REDIS_URL'),
      NATS_URL: serverUrl(test, 'TEST_NATS_URL'),
      NAMESPACE: namespace,
      SECRET_KEY: 'a-secret-key-for-tests',
      TRUNKLINE_ACCOUNT_SID: ACCOUNT.sid,
      TRUNKLINE_AUTH_TOKEN: ACCOUNT.token,
      TRUNKLINE_ACCOUNT_EMAIL: ACCOUNT.email,
      ...more,
    });
  const log = createLogger({ service: 'api', level: 'silent' });
  const servers = await connectServers({
    config: configOf(env),
    instance: 'api-1',
    log,
    signal: stop.signal,
  });
  const open = async (config: ApiConfig): Promise<Features> => {
    const metrics = createMetrics('api');
    const requestMetrics = createRequestMetrics(metrics);
    const shared = { config, instance: 'api-1', log, signal: stop.signal };
    const features = openFeatures({ ...shared, servers, metrics, requestMetrics });
    await vi.waitFor(() => {
      if (features.accounts.state() !== 'ready') throw new Error('the accounts are not ready');
    }, 30_000);
    opened.push(features);
    return features;
  };
  const opened: Features[] = [];
  const { operations, admit, accounts } = await open(configOf(env));
  const api = await startTestApi(operations, { admit, book: accounts.book });
  return {
    api,
    servers,
    restart: async (more) => {
      await open(configOf({ ...env, ...more }));
    },
    async close() {
      await api.close();
      stop.abort();
      for (const { beforeHttp, afterHttp } of opened) await runSteps([...beforeHttp, ...afterHttp]);
      await runSteps(servers.closing);
      await dropStreams(test, namespace);
      await database.drop();
    },
  };
}

async function runSteps(steps: readonly DrainStep[]): Promise<void> {
  for (const step of steps) await step.run(1_000);
}

async function dropStreams(test: TestServers, namespace: string): Promise<void> {
  const url = new URL(serverUrl(test, 'TEST_NATS_URL'));
  const nats = await test.connect({ servers: url.host, token: decodeURIComponent(url.username) });
  const { streams } = await nats.jetstreamManager();
  for await (const name of streams.names()) if (name.includes(namespace)) await streams.delete(name);
  await nats.close();
}

function serverUrl({ env }: TestServers, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set: run \`npm test\``);
  return value;
}
