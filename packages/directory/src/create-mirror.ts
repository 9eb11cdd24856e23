import { isDeepStrictEqual } from 'node:util';
import {
  type Client,
  type DirectoryAccount,
  type DirectoryEntry,
  directoryKey,
  type PhoneNumber,
  type Rate,
  type Trunk,
} from '@trunkline/contracts';

/** Where the entries go: the bus's `directory`. */
export interface MirrorTarget {
  put(entry: DirectoryEntry): Promise<void>;
  remove(key: string): Promise<void>;
  list(): Promise<{ key: string; entry: DirectoryEntry }[]>;
}

/** Tells all processes what the database says of accounts, rates, trunks, numbers and clients. The api, which writes there, is the one writer here. */
export interface Mirror {
  putAccount(account: DirectoryAccount): Promise<void>;
  put(entry: MirroredEntry): Promise<void>;
  remove(entry: MirroredEntry): Promise<void>;
  /**
   * Makes the target what the database says: writes what differs, and removes what is not there any more. Tells how many
   * entries it wrote and removed.
   * @param read asks the database. It is asked after the target, so that what was told meanwhile of something new is not
   * taken for what is gone
   */
  rebuild(read: () => Promise<MirroredState>): Promise<{ written: number; removed: number }>;
}

/** What is told as it is; accounts hold more than is to be told. */
export type MirroredEntry = Exclude<DirectoryEntry, DirectoryAccount>;

/** All that the database knows. */
export interface MirroredState {
  accounts: readonly DirectoryAccount[];
  rates: readonly Rate[];
  trunks: readonly Trunk[];
  numbers: readonly PhoneNumber[];
  clients: readonly Client[];
}

/** Writes under way at once while it is rebuilt. */
const MAX_IN_FLIGHT = 64;

export function createMirror({ target }: { target: MirrorTarget }): Mirror {
  return {
    putAccount: (account) => target.put(accountEntry(account)),
    put: (entry) => target.put(entry),
    remove: (entry) => target.remove(directoryKey(entry)),
    rebuild: async (read) => {
      const found = new Map((await target.list()).map(({ key, entry }) => [key, entry]));
      const wanted = new Map(entriesOf(await read()).map((entry) => [directoryKey(entry), entry]));
      const stale = [...wanted].filter(([key, entry]) => !isSame(entry, found.get(key)));
      const gone = [...found.keys()].filter((key) => !wanted.has(key));
      await runAll(stale, ([, entry]) => target.put(entry));
      await runAll(gone, (key) => target.remove(key));
      return { written: stale.length, removed: gone.length };
    },
  };
}

/** Only what the directory is to know: an account as the caller has it may hold more, which must not travel. */
function accountEntry(account: DirectoryAccount): DirectoryEntry {
  const { sid, parentSid, status, currency, authTokenSealed } = account;
  return { kind: 'account', sid, parentSid, status, currency, authTokenSealed };
}

function entriesOf(state: MirroredState): DirectoryEntry[] {
  return [
    ...state.accounts.map(accountEntry),
    ...state.rates.map((rate) => ({ kind: 'rate', rate }) as const),
    ...state.trunks.map((trunk) => ({ kind: 'trunk', trunk }) as const),
    ...state.numbers.map((number) => ({ kind: 'number', number }) as const),
    ...state.clients.map((client) => ({ kind: 'client', client }) as const),
  ];
}

/** Both are plain values. Their order of properties differs with who made them, which must not count. */
function isSame(one: DirectoryEntry, other: DirectoryEntry | undefined): boolean {
  return other !== undefined && isDeepStrictEqual(one, other);
}

/** Rejects at the first failure; what is under way then goes on, and no more is begun. */
async function runAll<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items].reverse();
  const work = async () => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await run(item);
  };
  const giveUp = (error: unknown) => {
    rest.length = 0;
    throw error;
  };
  await Promise.all(
    Array.from({ length: Math.min(MAX_IN_FLIGHT, items.length) }, () => work().catch(giveUp)),
  );
}
