import {
  BadCursorError,
  type CallPage,
  type ListedCall,
  type PagePlace,
  StoreUnavailableError,
} from '@trunkline/store';
import { BadParameterError, ListTooSlowError } from '../errors.js';
import type { OperationRequest } from '../operation.js';
import { type Paging, readPaging } from '../parameters/paging.js';
import type { CallPorts } from '../ports.js';
import type { Page } from '../represent/page.js';
import { filterOf, type ListQuery, orderOf } from './list-parameters.js';
import { badPageToken, type ListIdentity, readPageToken, writePageToken } from './page-token.js';

/** Whose calls are listed, which, and which page of them. */
export type ListCallsRequest = Pick<
  OperationRequest<ListQuery, unknown>,
  'account' | 'query' | 'kept' | 'door'
>;

/**
 * One page of the account's calls. It is found by its token, which neither skips nor repeats calls however many arrive
 * meanwhile; or else by its number.
 * @throws BadParameterError, also for a page past the last where the door refuses that; ListTooSlowError
 */
export async function listCalls(
  { history }: Pick<CallPorts, 'history'>,
  { account, query, kept, door }: ListCallsRequest,
): Promise<Page<ListedCall>> {
  const paging = readPaging(query, door);
  const filter = filterOf(query, door);
  const sort = orderOf(query);
  const list: ListIdentity = [account.sid, filter, sort];
  const at: PagePlace = paging.token === null ? { page: paging.page } : readPageToken(paging.token, list);
  const read = await history
    .listCalls(account.sid, { filter, sort, at, pageSize: paging.pageSize })
    .catch((error: unknown) => {
      throw refusalOf(error);
    });
  if (paging.token === null && door.version === '2012-04-24') refusePastLast(paging, read);
  return { ...placeOf(paging, read, list), kept };
}

function refusalOf(error: unknown): unknown {
  if (error instanceof BadCursorError) return badPageToken();
  const isTooSlow = error instanceof StoreUnavailableError && error.isTooSlow;
  return isTooSlow ? new ListTooSlowError({ cause: error }) : error;
}

function refusePastLast({ page, pageSize }: Paging, { total }: CallPage): void {
  const pageCount = Math.ceil(total / pageSize);
  if (page > 0 && page >= pageCount) {
    throw new BadParameterError('Page', `is past the last page, which is ${Math.max(0, pageCount - 1)}`);
  }
}

/** Neighbours are where their calls are, not where the numbers say: as calls arrive, numbers move. */
function placeOf(
  { page, pageSize }: Paging,
  read: CallPage,
  list: ListIdentity,
): Omit<Page<ListedCall>, 'kept'> {
  const { calls, total, start, cursors } = read;
  const isFirst = cursors === null || start === 0;
  const isLast = cursors === null || start + calls.length >= total;
  return {
    items: calls,
    page,
    pageSize,
    pageCount: Math.ceil(total / pageSize),
    total,
    start: total === 0 ? 0 : start,
    end: total === 0 ? 0 : start + Math.max(0, calls.length - 1),
    previous: isFirst
      ? null
      : { page: Math.max(0, page - 1), token: writePageToken('before', cursors.first, list) },
    next: isLast ? null : { page: page + 1, token: writePageToken('after', cursors.last, list) },
  };
}
