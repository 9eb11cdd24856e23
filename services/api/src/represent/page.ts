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
