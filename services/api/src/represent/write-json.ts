import type { ErrorAnswer } from '../answer-error.js';
import { moreInfo } from '../documents/error-codes.js';
import type { AnyItem, AnyPage } from '../operation.js';
import { pageUris } from './page-uris.js';
import type { Place } from './resource.js';
import { showItem, showItems, snakeCase } from './show-item.js';
import type { Writer, Written } from './writer.js';

/** JSON with the names in snake case. Every name is there; what is absent is null. */
export const jsonWriter: Writer = {
  contentType: 'application/json',
  extension: '.json',
  item: (item: AnyItem, place: Place) => JSON.stringify(showItem(item, place, 'json')),
  page: writePage,
  error: ({ code, message, status }: ErrorAnswer) =>
    JSON.stringify({ code, message, more_info: moreInfo(code), status }),
};

/** The items are the one array, and stand last: clients of paged lists look for it. */
function writePage(one: AnyPage, place: Place, listUri: string): Written {
  const { resource, page } = one;
  const uris = pageUris(page, listUri);
  const text = JSON.stringify({
    page: page.page,
    num_pages: page.pageCount,
    page_size: page.pageSize,
    total: page.total,
    start: page.start,
    end: page.end,
    uri: uris.uri,
    first_page_uri: uris.first,
    previous_page_uri: uris.previous,
    next_page_uri: uris.next,
    last_page_uri: uris.last,
    [snakeCase(resource.list)]: showItems(one, place, 'json'),
  });
  return { text };
}
