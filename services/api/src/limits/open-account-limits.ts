import type { Bus } from '@trunkline/bus';
import type { Limits } from '@trunkline/limits';
import type { Logger, Metrics } from '@trunkline/runtime';
import type { AccountBook } from '../accounts/account-book.js';
import type { ApiConfig } from '../config.js';
import type { CallLimits } from '../ports.js';
import { type Admit, createAdmit } from './admit-requests.js';
import { createCallLimits } from './hold-calls.js';
import { type LimitDefaults, limitOf, limitsOfLineage } from './limits-of-lineage.js';
import { startReleasing } from './release-places.js';

export interface AccountLimitsOptions {
  config: Pick<ApiConfig, 'REQUESTS_PER_SECOND' | 'CONCURRENT_CALLS'>;
  limits: Limits;
  book: AccountBook;
  bus: Pick<Bus, 'consumeBatches'>;
  metrics: Metrics;
  log: Pick<Logger, 'warn'>;
}

/** What accounts may do at most, for this process. */
export interface AccountLimits {
  /** For requests. */
  admit: Admit;
  /** For calls. */
  calls: CallLimits;
  close(): Promise<void>;
}

const CHECK_MS = 10_000;

export function openAccountLimits(options: AccountLimitsOptions): AccountLimits {
  const { config, limits, book, bus, metrics, log } = options;
  const defaults: LimitDefaults = {
    requestsPerSecond: config.REQUESTS_PER_SECOND,
    concurrentCalls: config.CONCURRENT_CALLS,
  };
  const refused = metrics.counter(
    'api_refused_by_limit_total',
    'Requests answered 429, by the limit that was reached',
    ['limit'],
  );
  const countRefused = (limit: 'requests' | 'calls') => () => refused.inc({ limit });
  const releaser = startReleasing({
    bus,
    limits,
    book,
    isNeeded: () => book.some((account) => limitOf(account, 'concurrentCalls', defaults) > 0),
    everyMs: CHECK_MS,
    log,
  });
  return {
    admit: createAdmit({
      limits,
      limitsOf: limitsOfLineage(book, 'requestsPerSecond', defaults),
      book,
      onRefused: countRefused('requests'),
    }),
    calls: createCallLimits({
      limits,
      limitsOf: limitsOfLineage(book, 'concurrentCalls', defaults),
      book,
      onRefused: countRefused('calls'),
      onAsked: releaser.check,
      log,
    }),
    close: () => releaser.close(),
  };
}
