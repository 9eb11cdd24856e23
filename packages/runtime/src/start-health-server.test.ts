import { afterEach, expect, test } from 'vitest';
import { createMetrics } from './create-metrics.js';
import { HealthServerError } from './errors.js';
import { type HealthServer, type HealthServerOptions, startHealthServer } from './start-health-server.js';

const open: HealthServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(options: Partial<HealthServerOptions> = {}): Promise<HealthServer> {
  const base = { port: 0, host: '127.0.0.1', metrics: createMetrics('test'), checks: {} };
  const server = await startHealthServer({ ...base, ...options });
  open.push(server);
  return server;
}

async function get(server: HealthServer, path: string): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return [response.status, await response.text()];
}

test('a live process that is not ready says which check complains', async () => {
  let complaint: string | null = 'not connected';
  const server = await start({
    checks: {
      bus: () => complaint,
      database: async () => null,
      queue: () => Promise.reject(new Error('refused')),
    },
  });
  expect(await get(server, '/livez')).toEqual([200, '{"status":"live"}']);
  expect(await get(server, '/readyz')).toEqual([
    503,
    '{"status":"not ready","checks":{"bus":"not connected","database":"ok","queue":"refused"}}',
  ]);
  complaint = null;
  expect((await get(server, '/readyz'))[0]).toBe(503);
});

test('it is ready when every check is fine', async () => {
  const server = await start({ checks: { bus: () => null } });
  expect(await get(server, '/readyz')).toEqual([200, '{"status":"ready","checks":{"bus":"ok"}}']);
});

test('a check that never answers counts as failed', async () => {
  const server = await start({ checks: { stuck: () => new Promise<null>(() => {}) } });
  const [status, body] = await get(server, '/readyz');
  expect(status).toBe(503);
  expect(body).toContain('no answer within 2000 ms');
});

test('metrics and further routes are served, other paths are not', async () => {
  const server = await start({ routes: { '/numbers': () => ({ calls: 3 }) } });
  expect(await get(server, '/numbers')).toEqual([200, '{"calls":3}']);
  expect((await get(server, '/metrics'))[1]).toContain('process_cpu_seconds_total');
  expect((await get(server, '/other'))[0]).toBe(404);
});

test('a taken port is named, with the variable that changes it', async () => {
  const { port } = await start();
  const second = start({ port });
  await expect(second).rejects.toBeInstanceOf(HealthServerError);
  await expect(second).rejects.toThrow(new RegExp(`127.0.0.1:${port} is taken.*HEALTH_PORT`));
});

test('closing does not wait for clients that keep their connection', async () => {
  const server = await startHealthServer({
    port: 0,
    host: '127.0.0.1',
    metrics: createMetrics('test'),
    checks: {},
  });
  await get(server, '/livez');
  await server.close();
  await expect(get(server, '/livez')).rejects.toThrow();
});
