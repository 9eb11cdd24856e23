import type { CallPage, PageRequest } from '@trunkline/store';
import { BadParameterError } from '../errors.js';
import type { CallPorts } from '../ports.js';
import type { PageOfCalls } from '../represent/page-of-calls.js';
import { readListRequest } from './list-parameters.js';

/**
 * One page of the account's calls, newest first.
 * @throws BadParameterError, also for a page past the last
 */
export async function listCalls(
  { history }: Pick<CallPorts, 'history'>,
  accountSid: string,
  query: URLSearchParams,
): Promise<PageOfCalls> {
  const { filter, page, kept } = readListRequest(query);
  const read = await history.listCalls(accountSid, filter, page);
  return { ...place(read, page), filters: kept };
}

function place({ calls, total }: CallPage, { page, pageSize }: PageRequest): Omit<PageOfCalls, 'filters'> {
  const pageCount = Math.ceil(total / pageSize);
  if (page > 0 && page >= pageCount) {
    throw new BadParameterError('Page', `is past the last page, which is ${Math.max(0, pageCount - 1)}`);
  }
  const start = page * pageSize;
  return { calls, page, pageSize, pageCount, total, start, end: start + Math.max(0, calls.length - 1) };
}
