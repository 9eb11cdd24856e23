import { z } from 'zod';
import { env } from './env-values.js';

/** The levels of the log, most severe first. */
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** What every service reads from its environment: spread it into the shape given to readConfig. */
export const serviceShape = {
  LOG_LEVEL: env.choice(LOG_LEVELS, 'info'),
  /** 0: any free port; the log says which. */
  HEALTH_PORT: env.integer({ default: 0, min: 0, max: 65_535 }),
  HEALTH_HOST: env.text('0.0.0.0'),
  /** What a stopping process gives the work under way; ms. */
  DRAIN_TIMEOUT: env.seconds(30),
  /** Apart from other clusters on the same servers. It becomes part of subjects, buckets and keys, hence no dots. */
  NAMESPACE: env
    .text('')
    .pipe(
      z.string().regex(/^[A-Za-z0-9_-]{0,64}$/, 'must be at most 64 letters, digits, hyphens, underscores'),
    ),
};
