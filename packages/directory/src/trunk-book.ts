import type { Trunk } from '@trunkline/contracts';

/** All trunks that are known, by account. */
export class TrunkBook {
  readonly #accounts = new Map<string, Map<string, Trunk>>();
  #all: readonly Trunk[] | null = null;

  put(trunk: Trunk): void {
    const own = this.#accounts.get(trunk.accountSid) ?? new Map<string, Trunk>();
    this.#accounts.set(trunk.accountSid, own.set(trunk.sid, trunk));
    this.#all = null;
  }

  remove({ accountSid, sid }: Trunk): void {
    const own = this.#accounts.get(accountSid);
    if (!own?.delete(sid)) return;
    if (own.size === 0) this.#accounts.delete(accountSid);
    this.#all = null;
  }

  has(accountSid: string): boolean {
    return this.#accounts.has(accountSid);
  }

  of(accountSid: string): readonly Trunk[] {
    return [...(this.#accounts.get(accountSid)?.values() ?? [])];
  }

  all(): readonly Trunk[] {
    this.#all ??= [...this.#accounts.values()].flatMap((own) => [...own.values()]);
    return this.#all;
  }
}
