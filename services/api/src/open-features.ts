import { type DrainStep, type Logger, type Metrics, systemClock } from '@trunkline/runtime';
import { migrate } from '@trunkline/store';
import { type Accounts, openAccounts } from './accounts/open-accounts.js';
import { authenticate } from './authenticate.js';
import { createCallPorts } from './call-ports.js';
import type { ApiConfig } from './config.js';
import type { Servers } from './connect-servers.js';
import { type AccountLimits, openAccountLimits } from './limits/open-account-limits.js';
import { createEmergencyNumbers } from './numbers/emergency-numbers.js';
import type { RequestMetrics } from './observe.js';
import type { Operation } from './operation.js';
import { listOperations } from './operations.js';
import { createStreamMetrics, OpenStreams } from './streams/open-streams.js';
import { shareFeeds } from './streams/share-feeds.js';

export interface FeaturesOptions {
  config: ApiConfig;
  servers: Servers;
  instance: string;
  metrics: Metrics;
  requestMetrics: RequestMetrics;
  log: Logger;
  signal: AbortSignal;
}

/** What the API can do, with everything that works behind it. */
export interface Features {
  operations: readonly Operation[];
  accounts: Accounts;
  admit: AccountLimits['admit'];
  /** Streams are ended before the server, which would wait for them. */
  beforeHttp: DrainStep[];
  afterHttp: DrainStep[];
}

export function openFeatures(options: FeaturesOptions): Features {
  const { config, servers, instance, metrics, requestMetrics, log, signal } = options;
  const { store, bus, sealer } = servers;
  const shared = { ...servers, config, instance, log, signal };
  const accounts = openAccounts({ ...shared, table: store, migrate: () => migrate(config.DATABASE_URL) });
  const limits = openAccountLimits({ ...shared, book: accounts.book, metrics });
  const emergencies = createEmergencyNumbers(config.EMERGENCY_REGIONS);
  const calls = createCallPorts({
    ...shared,
    history: store,
    limits: limits.calls,
    emergencies,
    metrics: requestMetrics,
  });
  const streams = new OpenStreams({
    perAccount: config.STREAMS_PER_ACCOUNT,
    inAll: config.STREAMS_MAX,
  });
  const operations = listOperations({
    calls: calls.ports,
    history: { calls: calls.ports, log: store },
    streams: {
      calls: calls.ports,
      bus: shareFeeds(bus),
      authenticate: (authorization) => authenticate(authorization, accounts.book),
      streams,
      metrics: createStreamMetrics(metrics, streams),
      clock: systemClock,
      source: calls.ports.source,
    },
    accounts: accounts.ports,
    routing: {
      ...{ table: store, directory: accounts.directory, sealer, bus, log },
      limits: { trunks: config.MAX_TRUNKS, numbers: config.MAX_NUMBERS, clients: config.MAX_CLIENTS },
      accountsTakeNumbers: config.ACCOUNTS_TAKE_NUMBERS,
    },
  });
  return {
    operations,
    accounts,
    admit: limits.admit,
    beforeHttp: [{ name: 'streams', run: () => streams.stop() }],
    afterHttp: [
      { name: 'events', run: calls.flush },
      { name: 'accounts', run: () => accounts.done },
      { name: 'places of calls', run: () => limits.close() },
    ],
  };
}
