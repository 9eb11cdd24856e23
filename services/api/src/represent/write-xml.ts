import { XMLBuilder } from 'fast-xml-parser';
import type { ErrorAnswer } from '../answer-error.js';
import { moreInfo } from '../documents/error-codes.js';
import type { AnyItem, AnyPage } from '../operation.js';
import type { Door } from './door.js';
import { pageUris } from './page-uris.js';
import type { Place } from './resource.js';
import { showItem, showItems } from './show-item.js';
import type { Writer, Written } from './writer.js';

/** XML as the original wrote it: two blanks a level, no declaration; what is absent is an empty element. */
export const xmlWriter: Writer = {
  contentType: 'application/xml; charset=utf-8',
  extension: '',
  item: (item: AnyItem, place: Place) =>
    inRoot(place.door, { [item.resource.name]: showItem(item, place, 'xml') }),
  page: writePage,
  error: writeError,
};

const builder = new XMLBuilder({
  attributeNamePrefix: '@',
  ignoreAttributes: false,
  format: true,
  suppressEmptyNode: true,
});

/** Everything outside the production Char of XML 1.0 (§2.2): no escape makes it legal, so it is dropped. */
const ILLEGAL = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function inRoot({ xmlRoot }: Door, content: object): string {
  return builder.build({ [xmlRoot]: content }).replace(ILLEGAL, '');
}

function writePage(one: AnyPage, place: Place, listUri: string): Written {
  const { resource, page } = one;
  const uris = pageUris(page, listUri);
  const list = {
    '@page': page.page,
    '@numpages': page.pageCount,
    '@pagesize': page.pageSize,
    '@total': page.total,
    '@start': page.start,
    '@end': page.end,
    '@uri': uris.uri,
    '@firstpageuri': uris.first,
    '@previouspageuri': uris.previous ?? '',
    '@nextpageuri': uris.next ?? '',
    '@lastpageuri': uris.last,
    [resource.name]: showItems(one, place, 'xml'),
  };
  return { text: inRoot(place.door, { [resource.list]: list }) };
}

function writeError({ code, message, status }: ErrorAnswer, door: Door): string {
  if (door.xmlRoot === 'RestcommResponse') return inRoot(door, { Message: message, Code: code });
  const exception = { Code: code, Message: message, MoreInfo: moreInfo(code), Status: status };
  return inRoot(door, { RestException: exception });
}
