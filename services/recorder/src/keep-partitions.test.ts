import { Log } from '@trunkline/contracts/testing';
import type { PartitionOptions, PreparedPartitions } from '@trunkline/store';
import { expect, test } from 'vitest';
import { keepPartitions } from './keep-partitions.js';

const NOTHING: PreparedPartitions = { created: [], dropped: [] };

function setUp(prepare: () => Promise<PreparedPartitions>) {
  const asked = new Log<PartitionOptions>();
  const told: unknown[] = [];
  const keep = () =>
    keepPartitions({
      store: {
        preparePartitions: (options) => {
          asked.add(options);
          return prepare();
        },
      },
      period: 'week',
      retentionDays: 30,
      now: () => 1_000,
      everyMs: 1,
      onPrepared: (prepared) => told.push(prepared),
      onError: (error) => told.push(error),
    });
  return { asked, told, keep };
}

test('partitions are ready before anything is written, and are looked after again', async () => {
  const { asked, told, keep } = setUp(async () => NOTHING);
  const step = await keep();
  expect(told[0]).toEqual(NOTHING);
  await asked.until('a second look', ({ length }) => length >= 2);
  await step.run(1_000);
  expect(asked.entries[0]).toEqual({ period: 'week', retentionDays: 30, now: new Date(1_000) });
});

test('when it fails it is told, and tried again', async () => {
  const failures = [new Error('away')];
  const { asked, told, keep } = setUp(async () => {
    const failure = failures.pop();
    if (failure) throw failure;
    return NOTHING;
  });
  const step = await keep();
  expect(told).toEqual([new Error('away')]);
  await asked.until('another try', ({ length }) => length >= 2);
  await step.run(1_000);
  expect(told[1]).toEqual(NOTHING);
});
