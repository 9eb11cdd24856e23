import type { ListedCall } from '../call-columns.js';
import type { Database } from '../database.js';
import type { CallPage, ListRequest, PagePlace } from '../listing/list-request.js';
import { type ListTuning, listCalls } from '../queries/list-calls.js';

/** A list, and how to read it. */
export interface Question extends Omit<ListRequest, 'at'> {
  database: Database;
  accountSid: string;
  tuning: ListTuning;
}

export function ask({ database, accountSid, tuning, ...list }: Question, at: PagePlace): Promise<CallPage> {
  return listCalls(database, { accountSid, tuning, request: { ...list, at } });
}

export const sidsOf = (calls: readonly ListedCall[]) => calls.map(({ sid }) => sid);

/** Every page by its number, and one past the end. */
export async function byNumber(asked: Question, length: number): Promise<CallPage[]> {
  const numbers = Array.from({ length: Math.ceil(length / asked.pageSize) + 1 }, (_, page) => page);
  return Promise.all(numbers.map((page) => ask(asked, { page })));
}

/** From the first page to the last by cursor. */
export async function onwards(asked: Question): Promise<CallPage[]> {
  const pages = [await ask(asked, { page: 0 })];
  for (let cursors = pages[0]?.cursors; cursors; ) {
    const page = await ask(asked, { after: cursors.last });
    pages.push(page);
    cursors = page.cursors;
  }
  return pages;
}

/** From the last call of the list to its first by cursor. */
export async function back(asked: Question, length: number): Promise<CallPage[]> {
  const pages = [await ask({ ...asked, pageSize: 1 }, { page: Math.max(0, length - 1) })];
  for (let cursors = pages[0]?.cursors; cursors; ) {
    const page = await ask(asked, { before: cursors.first });
    pages.unshift(page);
    cursors = page.cursors;
  }
  return pages;
}
