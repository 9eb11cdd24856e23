import { BadParameterError } from '../errors.js';

/** One page of a list, with what a client needs to walk on. */
export interface Page<T> {
  items: readonly T[];
  /** From 0. */
  page: number;
  pageSize: number;
  /** How many pages there are; 0 for an empty list. */
  pageCount: number;
  /** How many items all pages have. */
  total: number;
  /** The position of the page's first and last item in the list, from 0; both 0 for an empty list. */
  start: number;
  end: number;
  /** The list's parameters other than those of paging, as they are to be repeated in the URIs of its pages. */
  kept: readonly (readonly [string, string])[];
  previous: PageLink | null;
  next: PageLink | null;
}

/** Where another page is: its number, and the token that finds it whatever arrives meanwhile. */
export interface PageLink {
  page: number;
  token: string | null;
}

/** What a list that is paged by number gives. */
export interface NumberedPage<T> {
  items: readonly T[];
  total: number;
  /** As it was asked for. */
  page: number;
  pageSize: number;
  kept: Page<T>['kept'];
}

/** A page by its number alone. @throws BadParameterError for a page past the last */
export function numberedPage<T>({ items, total, page, pageSize, kept }: NumberedPage<T>): Page<T> {
  const pageCount = Math.ceil(total / pageSize);
  if (page > 0 && page >= pageCount) {
    throw new BadParameterError('Page', `is past the last page, which is ${Math.max(0, pageCount - 1)}`);
  }
  const start = page * pageSize;
  return {
    items,
    page,
    pageSize,
    pageCount,
    total,
    start,
    end: start + Math.max(0, items.length - 1),
    kept,
    previous: page > 0 ? { page: page - 1, token: null } : null,
    next: page + 1 < pageCount ? { page: page + 1, token: null } : null,
  };
}
