import type { ErrorAnswer } from '../answer-error.js';
import { moreInfo } from '../documents/error-codes.js';
import type { AnyItem, AnyPage, AnyResource } from '../operation.js';
import { compileOnce, shownFields } from './compile-resource.js';
import type { Door } from './door.js';
import { pageUris } from './page-uris.js';
import type { Field, Place } from './resource.js';
import { writeTime } from './write-time.js';
import type { Writer, Written } from './writer.js';

/** CSV (RFC 4180): a line of names, and a line for each item. Where the page is, is told in headers. */
export const csvWriter: Writer = {
  contentType: 'text/csv; charset=utf-8; header=present',
  extension: '.csv',
  item({ resource, value }: AnyItem, place: Place): string {
    const { header, write } = compiled(resource, place.door);
    return header + write(value, place);
  },
  page: writePage,
  error: ({ code, message, status }: ErrorAnswer) =>
    `Status,Code,Message,MoreInfo\r\n${status},${code},${writeText(message)},${moreInfo(code)}\r\n`,
};

function writePage({ resource, page }: AnyPage, place: Place, listUri: string): Written {
  const { header, write } = compiled(resource, place.door);
  let text = header;
  for (const one of page.items) text += write(one, place);
  const { first, previous, next, last } = pageUris(page, listUri);
  const links = Object.entries({ first, prev: previous, next, last })
    .filter(([, uri]) => uri !== null)
    .map(([rel, uri]) => `<${uri}>; rel="${rel}"`);
  return { text, headers: { Link: links.join(', '), 'X-Total-Count': String(page.total) } };
}

const compiled = compileOnce((resource: AnyResource, door: Door) => {
  const fields = shownFields(resource, door, 'csv');
  const cells = fields.map(({ kind, value }, index) => ({
    begin: index === 0 ? '' : ',',
    read: value,
    write: valueWriter(kind, door),
  }));
  const write = (item: unknown, place: Place): string => {
    let line = '';
    for (const { begin, read, write } of cells) {
      const value = read(item, place);
      line += value === null ? begin : begin + write(String(value));
    }
    return `${line}\r\n`;
  };
  return { header: `${fields.map(({ name }) => name).join(',')}\r\n`, write };
});

function valueWriter(kind: Field<unknown>['kind'], door: Door): (value: string) => string {
  if (kind === 'time') return (value) => quoted(writeTime(value, door));
  return kind === 'text' ? writeText : (value) => value;
}

/** What a spreadsheet would take for a formula; a number with its sign is none. */
const FORMULA = /^(?:[=@\t\r]|[+-](?!\d+(?:\.\d+)?$))/;

/** Free text: an apostrophe keeps a spreadsheet from running it. */
function writeText(value: string): string {
  return quoted(FORMULA.test(value) ? `'${value}` : value);
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
