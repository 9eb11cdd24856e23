import type { Page } from './page.js';

/** The URIs of the pages around one; null where there is none. */
export interface PageUris {
  uri: string;
  first: string;
  previous: string | null;
  next: string | null;
  last: string;
}

/** @param listUri the list's path in the answer's format, relative to the server */
export function pageUris(page: Page<unknown>, listUri: string): PageUris {
  const { previous, next, pageCount } = page;
  const kept = new URLSearchParams(
    page.kept.map(([name, value]): [string, string] => [name, value]),
  ).toString();
  const start = `${listUri}?${kept === '' ? '' : `${kept}&`}Page=`;
  const uriOf = (number: number, token: string | null = null) =>
    `${start}${number}&PageSize=${page.pageSize}${token === null ? '' : `&PageToken=${encodeURIComponent(token)}`}`;
  return {
    uri: uriOf(page.page),
    first: uriOf(0),
    previous: previous && uriOf(previous.page, previous.token),
    next: next && uriOf(next.page, next.token),
    last: uriOf(Math.max(0, pageCount - 1)),
  };
}
