import type { DirectoryHandlers } from '@trunkline/bus';
import type { DirectoryEntry } from '@trunkline/contracts';
import { createSealer } from '@trunkline/directory';
import { createLogger } from '@trunkline/runtime';
import { expect, test } from 'vitest';
import { openAccounts } from './open-accounts.js';

const SID = `AC${'a'.repeat(32)}`;
const KEY = 'a-secret-key-for-tests';

function open(secretKey: string | undefined) {
  const lines: string[] = [];
  const log = createLogger({
    service: 'notifier',
    level: 'info',
    destination: { write: (line) => void lines.push(line) },
  });
  let tell: DirectoryHandlers | null = null;
  let attempts = 0;
  const directory = {
    watch: async (handlers: DirectoryHandlers) => {
      attempts += 1;
      if (attempts === 1) throw Object.assign(new Error('the bus is away'), { retryable: true });
      tell = handlers;
      return { stop: () => {} };
    },
  };
  const opened = openAccounts({ bus: { directory } as never, secretKey, log });
  return { lines, opened, attempts: () => attempts, handlers: () => tell };
}

function accountWith(token: string): DirectoryEntry {
  const authTokenSealed = createSealer(KEY).seal(token, SID).toString('base64');
  return { kind: 'account', sid: SID, parentSid: null, status: 'active', currency: 'USD', authTokenSealed };
}

test('nothing is sent before the accounts are known, and a bus that is away is tried again', async () => {
  const at = open(KEY);
  let isOpen = false;
  void at.opened.then(() => {
    isOpen = true;
  });
  await expect.poll(() => at.handlers(), { timeout: 5_000 }).not.toBeNull();
  at.handlers()?.onEntry(`account.${SID}`, accountWith('token'));
  expect(isOpen).toBe(false);
  at.handlers()?.onReady();
  const accounts = await at.opened;
  expect(accounts.tokenOf(SID)).toBe('token');
  expect(accounts.tokenOf(`AC${'b'.repeat(32)}`)).toBeNull();
  accounts.stop();
});

test('without a key nothing is signed, nothing is waited for, and that is told', async () => {
  const at = open(undefined);
  const accounts = await at.opened;
  expect(accounts.tokenOf(SID)).toBeNull();
  expect(at.attempts()).toBe(0);
  expect(at.lines.join('')).toContain('callbacks are not signed');
});
