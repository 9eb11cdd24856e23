import { Log } from '@trunkline/contracts/testing';
import type { KvEntry, QueuedIterator } from 'nats';
import { expect, test } from 'vitest';
import type { JsonBucket } from './json-bucket.js';
import type { Link } from './link.js';
import { watchBucket } from './watch-bucket.js';

type Told = [string, string | null] | 'ready';

/** A bucket that a test fills, behind a link that it cuts. */
class FakeServer {
  readonly values = new Map<string, { value: string; revision: number }>();
  #revision = 0;
  #listener: (up: boolean) => void = () => {};
  #live: ((entry: KvEntry | null) => void) | null = null;

  readonly link = {
    isConnected: () => true,
    onChange: (listener: (up: boolean) => void) => {
      this.#listener = listener;
      return () => {};
    },
  } as unknown as Link;

  readonly bucket = {
    watch: async ({ onInitialized }: { onInitialized: () => void }) => this.#iterate(onInitialized),
    readOrReport: ({ key, value, revision }: KvEntry) => [{ key, value: String(value), revision }],
  } as unknown as JsonBucket<string>;

  put(key: string, value: string): void {
    this.#revision += 1;
    this.values.set(key, { value, revision: this.#revision });
    this.#live?.(this.#entry(key));
  }

  lose(): void {
    this.values.clear();
    this.#revision = 0;
    this.#live = null;
  }

  reconnect(): void {
    this.#listener(false);
    this.#listener(true);
  }

  #entry(key: string): KvEntry {
    return { key, operation: 'PUT', ...this.values.get(key) } as unknown as KvEntry;
  }

  #iterate(onInitialized: () => void): QueuedIterator<KvEntry> {
    const queue: (KvEntry | null)[] = [...this.values.keys()].map((key) => this.#entry(key));
    const received = queue.length;
    let wake = () => {};
    this.#live = (entry) => {
      queue.push(entry);
      wake();
    };
    const live = this.#live;
    async function* entries() {
      for (;;) {
        const next = queue.shift();
        if (next === null) return;
        if (next !== undefined) yield next;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    }
    onInitialized();
    return Object.assign(entries(), {
      getReceived: () => received,
      stop: () => live(null),
    }) as unknown as QueuedIterator<KvEntry>;
  }
}

async function watch(server: FakeServer): Promise<Log<Told>> {
  const told = new Log<Told>();
  await watchBucket({
    ...{ link: server.link, bucket: server.bucket, refillMs: 200 },
    onError: () => {},
    onEntry: (key, value) => told.add([key, value]),
    onReady: () => told.add('ready'),
  });
  return told;
}

const readies = (count: number) => (entries: Told[]) =>
  entries.filter((entry) => entry === 'ready').length === count;

test('what a lost bucket had holds also for who finds it half filled again', async () => {
  const server = new FakeServer();
  for (const key of ['a', 'b', 'c', 'd']) server.put(key, '1');
  const told = await watch(server);
  await told.until('the first copy', readies(1));
  server.lose();
  for (const key of ['a', 'b']) server.put(key, '2');
  server.reconnect();
  await told.until('the half copy', readies(2));
  server.put('c', '2');
  // Once more, while it is still being filled.
  server.reconnect();
  await told.until('the next copy', readies(3));
  expect(told.entries.filter((entry) => entry !== 'ready' && entry[1] === null)).toEqual([]);
  await told.until('the comparison', readies(4));
  expect(told.entries.filter((entry) => entry !== 'ready' && entry[1] === null)).toEqual([['d', null]]);
});

test('what is gone from a bucket that was only away is told at once', async () => {
  const server = new FakeServer();
  for (const key of ['a', 'b', 'c']) server.put(key, '1');
  const told = await watch(server);
  await told.until('the first copy', readies(1));
  server.values.delete('a');
  server.put('b', '2');
  server.reconnect();
  await told.until('the second copy', readies(2));
  expect(told.entries.slice(4)).toEqual([['b', '2'], ['c', '1'], ['a', null], 'ready']);
});
