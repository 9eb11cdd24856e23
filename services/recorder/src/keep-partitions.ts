import type { DrainStep } from '@trunkline/runtime';
import type { PartitionPeriod, PreparedPartitions, Store } from '@trunkline/store';
import { startReconciler } from './reconciler.js';

export interface KeepPartitionsOptions {
  store: Pick<Store, 'preparePartitions'>;
  period: PartitionPeriod;
  /** Null: for ever. */
  retentionDays: number | null;
  /** ms since the epoch */
  now: () => number;
  everyMs?: number;
  onPrepared: (prepared: PreparedPartitions) => void;
  onError: (error: unknown) => void;
}

const HOUR_MS = 3_600_000;

/**
 * Prepares the partitions of history, and again every hour. Resolves after the first time, so that who waits writes into
 * the right ones; when that fails it is told and tried again: until then the rows are kept elsewhere, and moved.
 */
export async function keepPartitions(options: KeepPartitionsOptions): Promise<DrainStep> {
  const { store, period, retentionDays, now, everyMs = HOUR_MS, onPrepared, onError } = options;
  const prepare = async () =>
    onPrepared(await store.preparePartitions({ period, retentionDays, now: new Date(now()) }));
  await prepare().catch(onError);
  const keeper = startReconciler({ everyMs, sweep: prepare, onError });
  return { name: 'partitions', run: () => keeper.stop() };
}
