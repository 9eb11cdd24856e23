import type { Call } from '@trunkline/contracts';
import type { CallFilter, CallPage, PageRequest } from '@trunkline/store';
import type { CallHistory } from '../ports.js';

interface Listing {
  filter: CallFilter;
  page: PageRequest;
}

/**
 * A page of calls in which a number matches whether it was typed with `+` or without, here and in the call. History
 * compares exactly, so both forms are asked for; nearly always an account's calls have only one of them.
 */
export async function listEitherForm(
  history: Pick<CallHistory, 'listCalls'>,
  accountSid: string,
  { filter, page }: Listing,
): Promise<CallPage> {
  const filters = formsOf(filter);
  const read = (one: CallFilter, at: PageRequest) => history.listCalls(accountSid, one, at);
  const pages = await Promise.all(filters.map(async (one) => ({ filter: one, ...(await read(one, page)) })));
  const matching = pages.filter(({ total }) => total > 0);
  const [only = { calls: [], total: 0 }] = matching;
  if (matching.length <= 1) return { calls: only.calls, total: only.total };
  return merge(matching, page, read);
}

/** The filter with every number in both its forms. */
function formsOf(filter: CallFilter): CallFilter[] {
  return numberForms(filter.to).flatMap((to) =>
    numberForms(filter.from).map((from) => ({ ...filter, ...(to && { to }), ...(from && { from }) })),
  );
}

function numberForms(address: string | undefined): (string | undefined)[] {
  const digits = /^\+?(\d+)$/.exec(address ?? '')?.[1];
  return digits === undefined ? [address] : [`+${digits}`, digits];
}

/** The most that one reading of history is asked for. */
const MAX_READ = 1000;

/** Lists that are each in order, walked up to the page's end. Its price grows with the page's number, for these rare lists. */
async function merge(
  lists: readonly { filter: CallFilter; total: number }[],
  { page, pageSize }: PageRequest,
  read: (filter: CallFilter, page: PageRequest) => Promise<CallPage>,
): Promise<CallPage> {
  const start = page * pageSize;
  const end = start + pageSize;
  const total = lists.reduce((sum, list) => sum + list.total, 0);
  if (start >= total) return { calls: [], total };
  const calls: Call[] = [];
  for (const list of lists) {
    for (let at = 0; at * MAX_READ < Math.min(end, list.total); at += 1) {
      const part = await read(list.filter, { page: at, pageSize: MAX_READ });
      calls.push(...part.calls);
    }
  }
  calls.sort((a, b) => (a.sid < b.sid ? 1 : -1));
  return { calls: calls.slice(start, end), total };
}
