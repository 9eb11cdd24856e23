import type { Client } from '@trunkline/contracts';

/** All clients that are known, by Sid and by login. */
export class ClientBook {
  readonly #bySid = new Map<string, Client>();
  /** Clients of several accounts may have one login. */
  readonly #byLogin = new Map<string, Map<string, Client>>();

  get size(): number {
    return this.#bySid.size;
  }

  put(client: Client): void {
    this.#bySid.set(client.sid, client);
    const same = this.#byLogin.get(client.login) ?? new Map<string, Client>();
    this.#byLogin.set(client.login, same.set(client.sid, client));
  }

  remove({ sid, login }: Client): void {
    this.#bySid.delete(sid);
    const same = this.#byLogin.get(login);
    if (same?.delete(sid) && same.size === 0) this.#byLogin.delete(login);
  }

  client(sid: string): Client | null {
    return this.#bySid.get(sid) ?? null;
  }

  withLogin(login: string): readonly Client[] {
    return [...(this.#byLogin.get(login)?.values() ?? [])];
  }

  of(accountSid: string, login: string): Client | null {
    return this.withLogin(login).find((client) => client.accountSid === accountSid) ?? null;
  }
}
