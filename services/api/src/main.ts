import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createLifecycle, createLogger, createMetrics, runMain, startHealthServer } from '@trunkline/runtime';
import { createApp } from './app.js';
import { readApiConfig } from './config.js';
import { connectServers } from './connect-servers.js';
import { publicDocuments } from './documents/public-documents.js';
import { createChecks } from './health-checks.js';
import { createRequestMetrics } from './observe.js';
import { openFeatures } from './open-features.js';
import { startHttp } from './start-http.js';

runMain('api', async () => {
  const config = readApiConfig();
  const instance = `api-${hostname()}-${randomUUID().slice(0, 8)}`;
  const { drain, signal, stopRequested } = createLifecycle();
  const log = createLogger({ service: 'api', level: config.LOG_LEVEL, instance });
  const metrics = createMetrics('api');

  const servers = await connectServers({ config, instance, log, signal });
  const requestMetrics = createRequestMetrics(metrics);
  const features = openFeatures({ config, servers, instance, metrics, requestMetrics, log, signal });
  const { operations, accounts, admit } = features;
  const documents = publicDocuments(operations);
  const app = createApp({ operations, documents, admit, book: accounts.book, metrics: requestMetrics, log });

  const http = await startHttp(app, { host: config.API_HOST, port: config.API_PORT });
  const health = await startHealthServer({
    port: config.HEALTH_PORT,
    host: config.HEALTH_HOST,
    metrics,
    checks: createChecks(servers.bus, accounts),
  });
  log.info({ port: http.port, healthPort: health.port }, 'the api listens');

  await stopRequested;
  await drain(
    [
      ...features.beforeHttp,
      { name: 'http', run: () => http.close() },
      ...features.afterHttp,
      ...servers.closing,
      { name: 'health', run: () => health.close() },
    ],
    { timeoutMs: config.DRAIN_TIMEOUT, log },
  );
});
