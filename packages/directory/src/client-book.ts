import type { Client } from '@trunkline/contracts';

/** All clients that are known, by login. */
export class ClientBook {
  /** Clients of several accounts may have one login. */
  readonly #byLogin = new Map<string, Map<string, Client>>();

  put(client: Client): void {
    const same = this.#byLogin.get(client.login) ?? new Map<string, Client>();
    this.#byLogin.set(client.login, same.set(client.sid, client));
  }

  remove({ sid, login }: Client): void {
    const same = this.#byLogin.get(login);
    if (same?.delete(sid) && same.size === 0) this.#byLogin.delete(login);
  }

  withLogin(login: string): readonly Client[] {
    return [...(this.#byLogin.get(login)?.values() ?? [])];
  }

  of(accountSid: string, login: string): Client | null {
    return this.withLogin(login).find((client) => client.accountSid === accountSid) ?? null;
  }
}
