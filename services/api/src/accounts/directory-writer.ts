import { type DirectoryAccount, directoryKey } from '@trunkline/contracts';
import type { Mirror, MirroredEntry, MirroredState } from '@trunkline/directory';
import type { Logger } from '@trunkline/runtime';
import type { Account } from '@trunkline/store';
import type { DirectoryTable } from '../ports.js';
import type { AccountBook } from './account-book.js';

export interface DirectoryWriterOptions {
  mirror: Mirror;
  table: MirroredTable;
  book: AccountBook;
  /** How often the bus has come back so far: whenever it does, the directory may have been lost with its server. */
  returns: () => number;
  log: Pick<Logger, 'info' | 'warn'>;
}

/** What is told of the database. */
export type MirroredTable = Pick<
  DirectoryTable,
  'listAccounts' | 'listRates' | 'listTrunks' | 'listPhoneNumbers' | 'listClients'
>;

/** A rebuild that wrote something is done again, since another instance may have changed what it wrote meanwhile. */
const MAX_PASSES = 3;

/**
 * Tells the cluster of every change of an account, or of what belongs to one, after it is in the database. What could not be told is told
 * by the next rebuild, which also finds what an instance that died between the two has left.
 */
export class DirectoryWriter {
  #isBehind = true;
  /** Those after which it was rebuilt. */
  #returns = 0;
  readonly #underWay = new Map<string, { writes: number; isShared: boolean }>();

  constructor(private readonly options: DirectoryWriterOptions) {}

  /** Whether something is still to be told, so that a rebuild is due now. */
  isBehind(): boolean {
    return this.#isBehind || this.options.returns() !== this.#returns;
  }

  /** Never throws: the change itself has succeeded. */
  putAccount(sid: string): Promise<void> {
    return this.#tell(sid, async () => {
      const account = this.options.book.find(sid);
      if (account) await this.options.mirror.putAccount(directoryAccount(account));
    });
  }

  /** Of everything but accounts. Never throws. */
  put(entry: MirroredEntry): Promise<void> {
    return this.#tell(directoryKey(entry), () => this.options.mirror.put(entry));
  }

  remove(entry: MirroredEntry): Promise<void> {
    return this.#tell(directoryKey(entry), () => this.options.mirror.remove(entry));
  }

  /** Makes the directory what the database says. Throws what the database or the bus throws; then it is still due. */
  async rebuild(): Promise<void> {
    const { mirror, table, returns, log } = this.options;
    this.#returns = returns();
    for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
      this.#isBehind = false;
      try {
        const done = await mirror.rebuild(() => readAll(table));
        if (done.written + done.removed === 0) return;
        log.info(done, 'the directory is brought up to the database');
      } catch (error) {
        this.#isBehind = true;
        throw error;
      }
    }
  }

  /** Of two changes of one thing at once, the earlier may be written last: a rebuild after both sets that right. */
  async #tell(key: string, put: () => Promise<void>): Promise<void> {
    const before = this.#underWay.get(key);
    const state = before ?? { writes: 0, isShared: false };
    if (before) before.isShared = true;
    else this.#underWay.set(key, state);
    state.writes += 1;
    try {
      await put();
    } catch (err) {
      this.#isBehind = true;
      this.options.log.warn(
        { err },
        'the directory was not told of a change: it is told by the next rebuild',
      );
    }
    if (state.isShared) this.#isBehind = true;
    state.writes -= 1;
    if (state.writes === 0) this.#underWay.delete(key);
  }
}

async function readAll(table: MirroredTable): Promise<MirroredState> {
  const [accounts, rates, trunks, numbers, clients] = await Promise.all([
    table.listAccounts(),
    table.listRates(),
    table.listTrunks(),
    table.listPhoneNumbers(),
    table.listClients(),
  ]);
  return { accounts: accounts.map(directoryAccount), rates, trunks, numbers, clients };
}

function directoryAccount(account: Account): DirectoryAccount {
  const { sid, parentSid, status, currency, authTokenSealed } = account;
  return {
    kind: 'account',
    sid,
    parentSid,
    status,
    currency,
    authTokenSealed: authTokenSealed.toString('base64'),
  };
}
