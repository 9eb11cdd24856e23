export { blameVariables } from './blame-variables.js';
export { type Clock, systemClock } from './clock.js';
export { backoffMs, connectWithRetry, type RetryOptions } from './connect-with-retry.js';
export {
  createLifecycle,
  type DrainStep,
  type Lifecycle,
} from './create-lifecycle.js';
export { createLogger, type Logger, type LoggerOptions } from './create-logger.js';
export { type Counter, createMetrics, type Histogram, type Metrics } from './create-metrics.js';
export { env, type PortRange } from './env-values.js';
export { ConfigError, HealthServerError, StartAbortedError } from './errors.js';
export { readConfig } from './read-config.js';
export { runMain } from './run-main.js';
export { serviceShape } from './service-shape.js';
export {
  type HealthCheck,
  type HealthServer,
  type HealthServerOptions,
  startHealthServer,
} from './start-health-server.js';
