import { BusUnavailableError } from '@trunkline/bus';
import { type DirectoryAccount, type DirectoryEntry, directoryKey } from '@trunkline/contracts';
import type { MirrorTarget } from '@trunkline/directory';

/** The directory's bucket in memory; it can be switched off. */
export class InMemoryDirectory implements MirrorTarget {
  readonly entries = new Map<string, DirectoryEntry>();
  isAway = false;

  async put(entry: DirectoryEntry): Promise<void> {
    this.#refuseWhenAway();
    this.entries.set(directoryKey(entry), entry);
  }

  async remove(key: string): Promise<void> {
    this.#refuseWhenAway();
    this.entries.delete(key);
  }

  async list(): Promise<{ key: string; entry: DirectoryEntry }[]> {
    this.#refuseWhenAway();
    return [...this.entries].map(([key, entry]) => ({ key, entry }));
  }

  account(sid: string): DirectoryAccount | null {
    const entry = this.entries.get(`account.${sid}`);
    return entry?.kind === 'account' ? entry : null;
  }

  #refuseWhenAway(): void {
    if (this.isAway) throw new BusUnavailableError('NATS is away');
  }
}
