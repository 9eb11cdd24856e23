import type { Client, PhoneNumber, Rate, Trunk } from '@trunkline/contracts';
import {
  type Account,
  type AccountChanges,
  type ApiKey,
  type EnvironmentTrunk,
  type FirstAccount,
  StoreUnavailableError,
} from '@trunkline/store';
import type { DirectoryTable } from '../ports.js';

type Used =
  | 'ensureAccount'
  | 'updateAccount'
  | 'readAccount'
  | 'findAccount'
  | 'listAccounts'
  | 'readApiKey'
  | 'listApiKeys'
  | 'listRates'
  | 'listTrunks'
  | 'listPhoneNumbers'
  | 'listClients'
  | 'keepEnvironmentTrunks';

/** The tables of accounts and keys, as far as what keeps them in memory reads them; they can be switched off. */
export class InMemoryAccounts implements Pick<DirectoryTable, Used> {
  readonly accounts = new Map<string, Account>();
  readonly keys = new Map<string, ApiKey>();
  readonly rates: Rate[] = [];
  readonly trunks: Trunk[] = [];
  readonly marks = new Map<string, string>();
  /** What was asked, in its order. */
  readonly asked: string[] = [];
  isAway = false;
  #clock = Date.parse('2026-11-24T10:00:00.000Z');
  #waiting: (() => void)[] = [];

  async ensureAccount(first: FirstAccount): Promise<Account> {
    this.#ask('ensureAccount');
    const mark = first.environmentMark?.toString('hex') ?? '';
    const before = this.accounts.get(first.sid);
    if (before && mark !== '' && this.marks.get(first.sid) === mark) return before;
    this.marks.set(first.sid, mark);
    return this.put(first);
  }

  /** Writes a row as another instance would. */
  put(row: Partial<Account> & Pick<Account, 'sid'>): Account {
    const now = this.#now();
    const account: Account = {
      parentSid: null,
      email: '',
      friendlyName: row.sid,
      status: 'active',
      currency: 'USD',
      authTokenSealed: Buffer.alloc(0),
      secondaryTokenSealed: null,
      secondaryExpires: null,
      requestsPerSecond: null,
      concurrentCalls: null,
      dateCreated: now,
      ...this.accounts.get(row.sid),
      ...row,
      dateUpdated: now,
    };
    this.accounts.set(row.sid, account);
    return account;
  }

  putKey(row: Partial<ApiKey> & Pick<ApiKey, 'sid' | 'accountSid' | 'secretDigest'>): ApiKey {
    const now = this.#now();
    const key = {
      friendlyName: '',
      scope: 'all' as const,
      dateCreated: now,
      dateDeleted: null,
      ...row,
      dateUpdated: now,
    };
    this.keys.set(row.sid, key);
    return key;
  }

  async updateAccount(sid: string, changes: AccountChanges): Promise<Account | null> {
    this.#ask(`updateAccount ${sid}`);
    return this.accounts.has(sid) ? this.put({ sid, ...changes }) : null;
  }

  async readAccount(sid: string): Promise<Account | null> {
    this.#ask(`readAccount ${sid}`);
    return this.accounts.get(sid) ?? null;
  }

  async findAccount(login: string): Promise<Account | null> {
    this.#ask(`findAccount ${login}`);
    return this.accounts.get(login) ?? null;
  }

  async readApiKey(sid: string): Promise<ApiKey | null> {
    this.#ask(`readApiKey ${sid}`);
    const key = this.keys.get(sid);
    return key?.dateDeleted === null ? key : null;
  }

  async listAccounts(changedSince?: Date): Promise<Account[]> {
    this.#ask('listAccounts');
    return [...this.accounts.values()].filter(isSince(changedSince));
  }

  async listApiKeys(changedSince?: Date): Promise<ApiKey[]> {
    this.#ask('listApiKeys');
    return [...this.keys.values()].filter(isSince(changedSince));
  }

  async listRates(): Promise<Rate[]> {
    this.#ask('listRates');
    return [...this.rates];
  }

  async keepEnvironmentTrunks(trunks: readonly EnvironmentTrunk[]): Promise<void> {
    this.#ask('keepEnvironmentTrunks');
    const now = this.#now();
    const kept = trunks.map((trunk) => {
      const { environmentPlace: _, environmentMark: __, ...plain } = trunk;
      return { ...plain, dateCreated: now, dateUpdated: now };
    });
    this.trunks.splice(0, this.trunks.length, ...kept);
  }

  async listTrunks(): Promise<Trunk[]> {
    this.#ask('listTrunks');
    return [...this.trunks];
  }

  async listPhoneNumbers(): Promise<PhoneNumber[]> {
    this.#ask('listPhoneNumbers');
    return [];
  }

  async listClients(): Promise<Client[]> {
    this.#ask('listClients');
    return [];
  }

  /** Resolves once what is asked from now on has been asked twice: the first reading may have been under way. */
  async refreshed(): Promise<void> {
    for (let n = 0; n < 2; n += 1) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #ask(what: string): void {
    this.asked.push(what);
    if (what === 'listApiKeys' || this.isAway) {
      setImmediate(() => {
        for (const tell of this.#waiting.splice(0)) tell();
      });
    }
    if (this.isAway) throw new StoreUnavailableError('Postgres is away');
  }

  #now(): string {
    this.#clock += 1;
    return new Date(this.#clock).toISOString();
  }
}

function isSince(changedSince: Date | undefined) {
  return ({ dateUpdated }: { dateUpdated: string }) => !changedSince || new Date(dateUpdated) >= changedSince;
}
