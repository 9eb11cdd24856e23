import { isSid } from '@trunkline/contracts';
import type { AccountTable } from '../ports.js';
import type { AccountBook, Seek } from './account-book.js';
import type { AccountOpener } from './open-account.js';

export interface SeekOptions {
  table: Pick<AccountTable, 'findAccount' | 'readAccount' | 'readApiKey'>;
  book: AccountBook;
  opener: AccountOpener;
  /** In ms; from any beginning. */
  now?: () => number;
}

/** The same login is not looked for again for so long: a wrong password costs one query. */
const PAUSE_MS = 1_000;
/** Logins that are remembered as looked for. */
const MAX_REMEMBERED = 10_000;
/** Queries that all wrong logins together cost a second, at most. */
const MAX_PER_SECOND = 20;

/**
 * Looks for a login that another instance may have made, or changed, a moment ago. Requests with one login share a query;
 * more than a login or all of them may have are told that it is not worth it.
 */
export function createSeek({ table, book, opener, now = () => performance.now() }: SeekOptions): Seek {
  const asked = new Map<string, number>();
  const underWay = new Map<string, Promise<boolean>>();
  let second = 0;
  let count = 0;

  const isWorthIt = (name: string): boolean => {
    const at = now();
    if ((asked.get(name) ?? Number.NEGATIVE_INFINITY) > at - PAUSE_MS) return false;
    if (Math.floor(at / 1_000) !== second) {
      second = Math.floor(at / 1_000);
      count = 0;
    }
    count += 1;
    if (count > MAX_PER_SECOND) return false;
    asked.delete(name);
    asked.set(name, at);
    if (asked.size > MAX_REMEMBERED) asked.delete(asked.keys().next().value as string);
    return true;
  };

  const look = async (login: string): Promise<boolean> => {
    if (!isSid('SK', login)) return putWithParents(await table.findAccount(login));
    const key = await table.readApiKey(`SK${login.slice(2).toLowerCase()}`);
    if (!key) return false;
    book.putKeys([key]);
    return book.find(key.accountSid) !== null || putWithParents(await table.readAccount(key.accountSid));
  };

  const putWithParents = async (found: Awaited<ReturnType<typeof table.readAccount>>): Promise<boolean> => {
    for (let account = found; account; ) {
      book.put([opener.open(account, book.find(account.sid))].filter((one) => one !== null));
      const { parentSid } = account;
      account = parentSid && !book.find(parentSid) ? await table.readAccount(parentSid) : null;
    }
    return found !== null;
  };

  return (login) => {
    const name = login.toLowerCase();
    const running = underWay.get(name);
    if (running) return running;
    // Before the database is there, it is not asked for every request.
    if (!book.isLoaded() || login.length > MAX_LOGIN_LENGTH || !isWorthIt(name))
      return Promise.resolve(false);
    const looking = look(login).finally(() => underWay.delete(name));
    underWay.set(name, looking);
    return looking;
  };
}

const MAX_LOGIN_LENGTH = 320;
