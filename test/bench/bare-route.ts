/**
 * What a POST costs when nothing is done with it: a Hono route that reads a form and answers 201 with JSON, in a process
 * of its own, to be measured beside the API in the same run. It prints its port.
 */
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono();
app.post('/calls', async (context) => {
  const form = new URLSearchParams(await context.req.text());
  return context.json({ to: form.get('To'), from: form.get('From'), status: 'queued' }, 201);
});

const server = createAdaptorServer({ fetch: app.fetch });
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.once('SIGTERM', () => process.exit(0));
