import { createLogger } from '@trunkline/runtime';
import { expect, test } from 'vitest';
import { openBooks } from './open-books.js';

async function open(secretKey: string | undefined) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ service: 'dialer', level: 'info', destination });
  let attempts = 0;
  const watch = async () => {
    attempts += 1;
    if (attempts === 1) throw Object.assign(new Error('the bus is away'), { retryable: true });
    return { stop: () => {} };
  };
  const { signal } = new AbortController();
  const books = await openBooks({ bus: { directory: { watch } } as never, secretKey, log, signal });
  return { ...books, attempts, lines };
}

test('accounts and rates are read as soon as the bus is there, and are not known before they are told', async () => {
  const { directory, sealer, attempts } = await open('a-secret-key-for-tests');
  expect(attempts).toBe(2);
  expect(directory.isReady()).toBe(false);
  expect(sealer?.open(sealer.seal('hush', 'CA1'), 'CA1')).toBe('hush');
});

test('without a key there are prices all the same, and what is missing is told', async () => {
  const { directory, sealer, lines } = await open(undefined);
  expect(sealer).toBeNull();
  expect(directory.tokenOf(`AC${'a'.repeat(32)}`)).toBeNull();
  expect(lines.join('')).toContain('SECRET_KEY is not set');
});
