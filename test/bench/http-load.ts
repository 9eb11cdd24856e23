import { Agent, request } from 'node:http';
import { percentile } from './machine.js';

/** One request to be sent again and again; `body` is made anew for each. */
export interface LoadTarget {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: (n: number) => string;
  expects: number;
}

export interface LoadResult {
  /** Requests answered as expected, and how many others there were. */
  done: number;
  failed: number;
  seconds: number;
  latenciesMs: number[];
}

/** Keeps a fixed number of requests under way for so long (closed loop): the most that the other side can do. */
export async function loadFully(
  target: LoadTarget,
  { inFlight, seconds }: { inFlight: number; seconds: number },
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  const result: LoadResult = { done: 0, failed: 0, seconds: 0, latenciesMs: [] };
  let n = 0;
  const line = async () => {
    while (performance.now() < until) await sendOne(target, n++, { agent, result });
  };
  await Promise.all(Array.from({ length: inFlight }, line));
  result.seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  return result;
}

/** Sends a request every 1/rate s, whether those before it are answered or not (open loop): the latency at a load. */
export async function loadSteadily(
  target: LoadTarget,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true });
  const startedAt = performance.now();
  const result: LoadResult = { done: 0, failed: 0, seconds: 0, latenciesMs: [] };
  const sent: Promise<void>[] = [];
  for (let n = 0; n < rate * seconds; n++) {
    const waitMs = startedAt + (n * 1000) / rate - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    sent.push(sendOne(target, n, { agent, result }));
  }
  await Promise.all(sent);
  result.seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  return result;
}

/** Sends one request after the other: what one client sees that waits for each answer. */
export async function loadOneByOne(target: LoadTarget, count: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const startedAt = performance.now();
  const result: LoadResult = { done: 0, failed: 0, seconds: 0, latenciesMs: [] };
  for (let n = 0; n < count; n++) await sendOne(target, n, { agent, result });
  result.seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  return result;
}

/** `1234/s`. */
export function rateOf({ done, seconds }: LoadResult): string {
  return `${Math.round(done / seconds)}/s`;
}

/** `p50 / p95 / p99 ms`. */
export function spreadOf({ latenciesMs }: LoadResult): string {
  return [0.5, 0.95, 0.99].map((share) => percentile(latenciesMs, share).toFixed(1)).join(' / ');
}

function sendOne(
  { url, method, headers, body, expects }: LoadTarget,
  n: number,
  { agent, result }: { agent: Agent; result: LoadResult },
): Promise<void> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const finish = (isDone: boolean) => {
      if (isDone) result.done += 1;
      else result.failed += 1;
      result.latenciesMs.push(performance.now() - startedAt);
      resolve();
    };
    const text = body?.(n);
    const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) };
    const sent = request(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
      response.on('end', () => finish(response.statusCode === expects)).resume();
    });
    sent.on('error', () => finish(false));
    sent.end(text);
  });
}
