import { env, readConfig, serviceShape } from '@trunkline/runtime';

/** What the recorder is told by its environment. */
export type RecorderConfig = ReturnType<typeof readRecorderConfig>;

/** @throws ConfigError naming every variable that is wrong */
export function readRecorderConfig(environment = process.env) {
  return readConfig(
    {
      ...serviceShape,
      DATABASE_URL: env.url(['postgres:', 'postgresql:']),
      REDIS_URL: env.url(['redis:', 'rediss:']),
      NATS_URL: env.url(['nats:', 'tls:']),
      /** Seconds between two looks for calls that wait without a job; ms here. */
      RECONCILE_INTERVAL: env.seconds(30),
      /** How long a call may be queued before its job is looked for, seconds; ms here. */
      RECONCILE_AFTER: env.seconds(60),
      /** How much time one partition of calls holds; another value concerns only new partitions. */
      CALLS_PARTITION: env.choice(['day', 'week', 'month'], 'month'),
      /** How many days history is kept; absent: for ever. */
      RETENTION_DAYS: env.optional(env.integer({ min: 1, max: 36_500 })),
    },
    environment,
  );
}
