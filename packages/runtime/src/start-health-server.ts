import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Metrics } from './create-metrics.js';
import { HealthServerError } from './errors.js';

/** Null when fine, or what is wrong. */
export type HealthCheck = () => string | null | Promise<string | null>;

export interface HealthServerOptions {
  /** 0: any free port. */
  port: number;
  host: string;
  metrics: Metrics;
  /** By the name of what is checked. All must be fine for the process to be ready. */
  checks: Record<string, HealthCheck>;
  /** More paths, answered to GET with the JSON of what the function gives. */
  routes?: Record<string, () => unknown>;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A check that takes longer counts as failed. */
const CHECK_TIMEOUT_MS = 2000;

/**
 * Serves /livez (the process answers), /readyz (503 while a check complains, with every check's result) and /metrics.
 * @throws HealthServerError when it cannot listen
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createAdaptorServer({ fetch: buildApp(options).fetch }) as Server;
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function buildApp({ metrics, checks, routes = {} }: HealthServerOptions): Hono {
  const app = new Hono();
  app.get('/livez', (context) => context.json({ status: 'live' }));
  app.get('/readyz', async (context) => {
    const entries = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const),
    );
    const isReady = entries.every(([, complaint]) => complaint === null);
    const results = Object.fromEntries(entries.map(([name, complaint]) => [name, complaint ?? 'ok']));
    return context.json({ status: isReady ? 'ready' : 'not ready', checks: results }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (context) =>
    context.text(await metrics.text(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
  for (const [path, give] of Object.entries(routes)) {
    app.get(path, async (context) => context.json((await give()) as object));
  }
  app.onError((error, context) => context.json({ error: error.message }, 500));
  return app;
}

async function runCheck(check: HealthCheck): Promise<string | null> {
  const deadline = new AbortController();
  try {
    const late = delay(CHECK_TIMEOUT_MS, `no answer within ${CHECK_TIMEOUT_MS} ms`, {
      signal: deadline.signal,
    });
    late.catch(() => {});
    return await Promise.race([check(), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    deadline.abort();
  }
}

async function listen(server: Server, { port, host }: HealthServerOptions): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${code ?? message})`;
    throw new HealthServerError(`${host}:${port} ${why}: set HEALTH_HOST and HEALTH_PORT (0 for any port)`, {
      cause,
    });
  }
}
