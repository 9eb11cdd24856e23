import type { ErrorAnswer } from '../answer-error.js';
import { moreInfo } from '../documents/error-codes.js';
import type { AnyItem, AnyPage, AnyResource } from '../operation.js';
import { compileOnce, shownFields } from './compile-resource.js';
import type { Door } from './door.js';
import { pageUris } from './page-uris.js';
import type { Field, Place } from './resource.js';
import { writeTime } from './write-time.js';
import type { Writer, Written } from './writer.js';

/** XML as the original wrote it: two blanks a level, no declaration; what is absent is an empty element. */
export const xmlWriter: Writer = {
  contentType: 'application/xml; charset=utf-8',
  extension: '',
  item: ({ resource, value }: AnyItem, place: Place) =>
    inRoot(place.door, compiled(resource, place.door)(value, place, '  ')),
  page: writePage,
  error: writeError,
};

function inRoot({ xmlRoot }: Door, content: string): string {
  return `<${xmlRoot}>\n${content}</${xmlRoot}>\n`;
}

function writePage({ resource, page }: AnyPage, place: Place, listUri: string): Written {
  const uris = pageUris(page, listUri);
  const attributes = Object.entries({
    page: page.page,
    numpages: page.pageCount,
    pagesize: page.pageSize,
    total: page.total,
    start: page.start,
    end: page.end,
    uri: uris.uri,
    firstpageuri: uris.first,
    previouspageuri: uris.previous ?? '',
    nextpageuri: uris.next ?? '',
    lastpageuri: uris.last,
  }).map(([name, value]) => ` ${name}="${escapeText(String(value))}"`);
  const write = compiled(resource, place.door);
  let items = '';
  for (const one of page.items) items += write(one, place, '    ');
  const begin = `  <${resource.list}${attributes.join('')}`;
  const list = items === '' ? `${begin}/>\n` : `${begin}>\n${items}  </${resource.list}>\n`;
  return { text: inRoot(place.door, list) };
}

function writeError({ code, message, status }: ErrorAnswer, door: Door): string {
  const element = (name: string, value: string | number) =>
    `<${name}>${escapeText(String(value))}</${name}>\n`;
  if (door.xmlRoot === 'RestcommResponse') {
    return inRoot(door, `  ${element('Message', message)}  ${element('Code', code)}`);
  }
  const parts = { Code: code, Message: message, MoreInfo: moreInfo(code), Status: status };
  const lines = Object.entries(parts).map(([name, value]) => `    ${element(name, value)}`);
  return inRoot(door, `  <RestException>\n${lines.join('')}  </RestException>\n`);
}

type WriteItem = (item: unknown, place: Place, indent: string) => string;

const compiled = compileOnce((resource: AnyResource, door: Door): WriteItem => {
  const parts = shownFields(resource, door, 'xml').map(({ name, kind, value }) => ({
    empty: `<${name}/>\n`,
    begin: `<${name}>`,
    end: `</${name}>\n`,
    read: value,
    write: valueWriter(kind, door),
  }));
  return (item, place, indent) => {
    let text = `${indent}<${resource.name}>\n`;
    for (const { empty, begin, end, read, write } of parts) {
      const value = read(item, place);
      const content = value === null ? '' : write(String(value));
      text += `${indent}  ${content === '' ? empty : begin + content + end}`;
    }
    return `${text}${indent}</${resource.name}>\n`;
  };
});

function valueWriter(kind: Field<unknown>['kind'], door: Door): (value: string) => string {
  if (kind === 'time') return (value) => writeTime(value, door);
  return kind === 'text' ? escapeText : (value) => value;
}

/** Everything outside the production Char of XML 1.0 (§2.2): no escape makes it legal, so it is dropped. */
const ILLEGAL = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
/** A carriage return that is not escaped would be read as a line feed (§2.11). */
const SPECIAL = /[&<>"'\r]/g;
const ORDINARY = /^[\u0020\u0023-\u0025\u0028-\u003b\u003d\u003f-\u007e]*$/;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
};

function escapeText(value: string): string {
  if (ORDINARY.test(value)) return value;
  return value.replace(ILLEGAL, '').replace(SPECIAL, (character) => ENTITIES[character] ?? '');
}
