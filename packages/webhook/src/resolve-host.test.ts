import { expect, test } from 'vitest';
import { createHostResolver } from './resolve-host.js';

test('a name of the hosts file is found, with the family of each address', async () => {
  const found = await createHostResolver()('localhost');
  expect(found.length).toBeGreaterThan(0);
  for (const { address, family } of found) {
    expect(['127.0.0.1', '::1']).toContain(address);
    expect(family).toBe(address.includes(':') ? 6 : 4);
  }
});

test('many who ask at once share one question, and the next asks anew', async () => {
  const resolve = createHostResolver();
  const [first, second] = [resolve('localhost'), resolve('localhost')];
  expect(second).toBe(first);
  await first;
  await new Promise((done) => setImmediate(done));
  const third = resolve('localhost');
  expect(third).not.toBe(first);
  await third;
});

test('what cannot be a name is an error', async () => {
  await expect(createHostResolver()('no-such-host-of-trunkline')).rejects.toThrow();
});
