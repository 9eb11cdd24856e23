import {
  type DirectoryAccount,
  type DirectoryEntry,
  directoryKey,
  mintSid,
  type Rate,
} from '@trunkline/contracts';
import type { MirrorTarget } from '../create-mirror.js';
import type { DirectorySource } from '../open-directory.js';

type Handlers = Parameters<DirectorySource['watch']>[0];

/** A bucket in memory: what is written is told to whoever watches. It stands for the bus's. */
export class FakeSource implements DirectorySource, MirrorTarget {
  readonly entries = new Map<string, DirectoryEntry>();
  readonly writes: string[] = [];
  #handlers: Handlers | null = null;

  async watch(handlers: Handlers): Promise<{ stop(): void }> {
    this.#handlers = handlers;
    return {
      stop: () => {
        this.#handlers = null;
      },
    };
  }

  isWatched(): boolean {
    return this.#handlers !== null;
  }

  async put(entry: DirectoryEntry): Promise<void> {
    const key = directoryKey(entry);
    this.entries.set(key, entry);
    this.writes.push(`put ${key}`);
    this.#handlers?.onEntry(key, entry);
  }

  async remove(key: string): Promise<void> {
    this.entries.delete(key);
    this.writes.push(`remove ${key}`);
    this.#handlers?.onEntry(key, null);
  }

  async list(): Promise<{ key: string; entry: DirectoryEntry }[]> {
    return [...this.entries].map(([key, entry]) => ({ key, entry }));
  }

  ready(): void {
    this.#handlers?.onReady();
  }
}

export function account(changes: Partial<DirectoryAccount> = {}): DirectoryAccount {
  const sid = mintSid('AC');
  return {
    kind: 'account',
    sid,
    parentSid: null,
    status: 'active',
    currency: 'EUR',
    authTokenSealed: '',
    ...changes,
  };
}

export function rate(accountSid: string, prefix: string, changes: Partial<Rate> = {}): Rate {
  const at = '2026-11-24T00:00:00.000Z';
  const money = { currency: 'USD', connectionFee: '0', pricePerMinute: '0.60', incrementSeconds: 1 };
  const match = { accountSid, direction: 'outbound', prefix, description: '' } as const;
  return { sid: mintSid('RT'), ...match, ...money, dateCreated: at, dateUpdated: at, ...changes };
}
