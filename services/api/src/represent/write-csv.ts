import { type Options, stringify } from 'csv-stringify/sync';
import type { ErrorAnswer } from '../answer-error.js';
import { moreInfo } from '../documents/error-codes.js';
import type { AnyItem, AnyPage, AnyResource } from '../operation.js';
import { pageUris } from './page-uris.js';
import type { Place } from './resource.js';
import { type ShownItem, showItem, showItems, shownFields } from './show-item.js';
import type { Writer, Written } from './writer.js';

/** CSV (RFC 4180): a line of names, and a line for each item. Where the page is, is told in headers. */
export const csvWriter: Writer = {
  contentType: 'text/csv; charset=utf-8; header=present',
  extension: '.csv',
  item: (item: AnyItem, place: Place) => write([showItem(item, place, 'csv')], names(item.resource, place)),
  page: writePage,
  error: ({ code, message, status }: ErrorAnswer) =>
    write([{ Status: status, Code: code, Message: message, MoreInfo: moreInfo(code) }]),
};

function writePage(one: AnyPage, place: Place, listUri: string): Written {
  const { resource, page } = one;
  const { first, previous, next, last } = pageUris(page, listUri);
  const links = Object.entries({ first, prev: previous, next, last })
    .filter(([, uri]) => uri !== null)
    .map(([rel, uri]) => `<${uri}>; rel="${rel}"`);
  return {
    text: write(showItems(one, place, 'csv'), names(resource, place)),
    headers: { Link: links.join(', '), 'X-Total-Count': String(page.total) },
  };
}

/** The names stand above an empty list, too. */
function names(resource: AnyResource, { door }: Place): string[] {
  return shownFields(resource, door, 'csv').map(({ name }) => name);
}

const OPTIONS: Options = {
  header: true,
  record_delimiter: '\r\n',
  quote_record_delimiter: true,
  cast: { string: guard, boolean: String },
};

function write(lines: readonly ShownItem[], columns?: readonly string[]): string {
  return stringify([...lines], { ...OPTIONS, ...(columns && { columns }) });
}

/** What a spreadsheet would take for a formula, also in full-width characters; a number with its sign is none. */
const FORMULA = /^(?:[=@\t\r\uff1d\uff0b\uff0d\uff20]|[+-](?!\d+(?:\.\d+)?$))/;

/** An apostrophe keeps a spreadsheet from running a text. The library's own guard would take phone numbers for formulas. */
function guard(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}
