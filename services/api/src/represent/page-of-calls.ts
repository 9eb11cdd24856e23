import type { Call } from '@trunkline/contracts';

/** One page of a list, with what a client needs to walk on. */
export interface PageOfCalls {
  calls: Call[];
  /** From 0. */
  page: number;
  pageSize: number;
  /** How many pages there are; 0 for an empty list. */
  pageCount: number;
  /** How many calls all pages have. */
  total: number;
  /** The position of the page's first and last call in the list, from 0; both 0 for an empty list. */
  start: number;
  end: number;
  /** The filters of the list, to be repeated in the URIs of its pages. */
  filters: readonly (readonly [string, string])[];
}

/** The URIs of the pages around one; null where there is none. */
export interface PageUris {
  uri: string;
  first: string;
  previous: string | null;
  next: string | null;
  last: string;
}

/** @param listPath the list's path in the answer's format */
export function pageUris(page: PageOfCalls, listPath: string): PageUris {
  const lastPage = Math.max(0, page.pageCount - 1);
  const uriOf = (number: number) => `${listPath}?${queryOf(page, number)}`;
  return {
    uri: uriOf(page.page),
    first: uriOf(0),
    previous: page.page > 0 ? uriOf(page.page - 1) : null,
    next: page.page < lastPage ? uriOf(page.page + 1) : null,
    last: uriOf(lastPage),
  };
}

function queryOf({ filters, pageSize }: PageOfCalls, number: number): string {
  const query = new URLSearchParams({ Page: String(number), PageSize: String(pageSize) }).toString();
  const kept = new URLSearchParams(
    filters.map(([name, value]): [string, string] => [name, value]),
  ).toString();
  return kept === '' ? query : `${kept}&${query}`;
}
