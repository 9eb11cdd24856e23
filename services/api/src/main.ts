import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createLifecycle, createLogger, createMetrics, runMain, startHealthServer } from '@trunkline/runtime';
import { migrate } from '@trunkline/store';
import { openAccounts } from './accounts/open-accounts.js';
import { createApp } from './app.js';
import { createCallPorts } from './call-ports.js';
import { readApiConfig } from './config.js';
import { connectServers } from './connect-servers.js';
import { publicDocuments } from './documents/public-documents.js';
import { createChecks } from './health-checks.js';
import { createRequestMetrics } from './observe.js';
import { listOperations } from './operations.js';
import { startHttp } from './start-http.js';

runMain('api', async () => {
  const config = readApiConfig();
  const instance = `api-${hostname()}-${randomUUID().slice(0, 8)}`;
  const { drain, signal, stopRequested } = createLifecycle();
  const log = createLogger({ service: 'api', level: config.LOG_LEVEL, instance });
  const metrics = createMetrics('api');

  const { store, jobs, bus, closing } = await connectServers({ config, instance, log, signal });
  const migrateStore = () => migrate(config.DATABASE_URL);
  const accounts = openAccounts({ config, table: store, migrate: migrateStore, log, signal });
  const requestMetrics = createRequestMetrics(metrics);
  const calls = createCallPorts({ history: store, jobs, bus, instance, metrics: requestMetrics, log });
  const operations = listOperations({ calls: calls.ports });
  const documents = publicDocuments(operations);
  const app = createApp({ operations, documents, book: accounts.book, metrics: requestMetrics, log });

  const http = await startHttp(app, { host: config.API_HOST, port: config.API_PORT });
  const health = await startHealthServer({
    port: config.HEALTH_PORT,
    host: config.HEALTH_HOST,
    metrics,
    checks: createChecks(bus, accounts),
  });
  log.info({ port: http.port, healthPort: health.port }, 'the api listens');

  await stopRequested;
  await drain(
    [
      { name: 'http', run: () => http.close() },
      { name: 'events', run: calls.flush },
      { name: 'accounts', run: () => accounts.done },
      ...closing,
      { name: 'health', run: () => health.close() },
    ],
    { timeoutMs: config.DRAIN_TIMEOUT, log },
  );
});
