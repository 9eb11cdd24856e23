import type { Counter, Histogram, Logger, Metrics } from '@trunkline/runtime';
import type { MiddlewareHandler } from 'hono';

export interface ObserveOptions {
  metrics: RequestMetrics;
  log: Logger;
}

/** What is measured of requests. */
export interface RequestMetrics {
  requests: Counter;
  seconds: Histogram;
  accepted: Counter;
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createRequestMetrics(metrics: Metrics): RequestMetrics {
  return {
    requests: metrics.counter('api_requests_total', 'Requests answered', ['operation', 'status']),
    seconds: metrics.histogram('api_request_seconds', 'From request to answer', BUCKETS, ['operation']),
    accepted: metrics.counter('api_calls_accepted_total', 'Calls accepted by POST'),
  };
}

/** Measures every request, and writes of each a line at level debug: method, path and status, never a header or a body. */
export function observe({
  metrics,
  log,
}: ObserveOptions): MiddlewareHandler<{ Variables: { operation: string } }> {
  const isVerbose = log.isLevelEnabled('debug');
  return async (context, next) => {
    const begun = performance.now();
    await next();
    const seconds = (performance.now() - begun) / 1000;
    const operation = context.get('operation') ?? 'none';
    const { status } = context.res;
    metrics.requests.inc({ operation, status: String(status) });
    metrics.seconds.observe(seconds, { operation });
    if (!isVerbose) return;
    const { method, path } = context.req;
    log.debug({ method, path, status, ms: Math.round(seconds * 1e5) / 100 }, 'request');
  };
}
