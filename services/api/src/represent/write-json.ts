import type { ErrorAnswer } from '../answer-error.js';
import { moreInfo } from '../documents/error-codes.js';
import type { AnyItem, AnyPage, AnyResource } from '../operation.js';
import { compileOnce, jsonName, shownFields, snakeCase } from './compile-resource.js';
import type { Door } from './door.js';
import { pageUris } from './page-uris.js';
import type { Field, Place } from './resource.js';
import { writeTime } from './write-time.js';
import type { Writer, Written } from './writer.js';

/** JSON with the names in snake case. Every name is there; what is absent is null. */
export const jsonWriter: Writer = {
  contentType: 'application/json',
  extension: '.json',
  item: ({ resource, value }: AnyItem, place: Place) => compiled(resource, place.door)(value, place),
  page: writePage,
  error: ({ code, message, status }: ErrorAnswer) =>
    JSON.stringify({ code, message, more_info: moreInfo(code), status }),
};

/** The items are the one array, and stand last: clients of paged lists look for it. */
function writePage({ resource, page }: AnyPage, place: Place, listUri: string): Written {
  const uris = pageUris(page, listUri);
  const envelope = JSON.stringify({
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
  });
  const write = compiled(resource, place.door);
  let items = '';
  for (const one of page.items) items += `${items === '' ? '' : ','}${write(one, place)}`;
  return { text: `${envelope.slice(0, -1)},"${snakeCase(resource.list)}":[${items}]}` };
}

type WriteItem = (item: unknown, place: Place) => string;
type Value = ReturnType<Field<unknown>['value']>;

const compiled = compileOnce((resource: AnyResource, door: Door): WriteItem => {
  const parts = shownFields(resource, door, 'json').map((field, index) => ({
    key: `${index === 0 ? '{' : ','}${JSON.stringify(jsonName(field))}:`,
    read: field.value,
    write: valueWriter(field.kind, door),
  }));
  return (item, place) => {
    let text = '';
    for (const { key, read, write } of parts) {
      const value = read(item, place);
      text += value === null ? `${key}null` : key + write(value);
    }
    return `${text}}`;
  };
});

function valueWriter(kind: Field<unknown>['kind'], door: Door): (value: NonNullable<Value>) => string {
  if (kind === 'time') return (value) => `"${writeTime(value as string, door)}"`;
  if (kind === 'safe') return (value) => `"${value}"`;
  if (kind === 'text') return (value) => quote(value as string);
  if (kind === 'integer' && door.numbersAsText) return (value) => `"${value}"`;
  return kind === 'object' ? writeObject : String;
}

/** Most calls have no metadata, and their lists are short or empty. */
function writeObject(value: NonNullable<Value>): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : JSON.stringify(value);
  for (const _name in value as object) return JSON.stringify(value);
  return '{}';
}

/** What JSON does not carry as it is (RFC 8259 §7), and surrogates, which may be alone. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const TO_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

function quote(value: string): string {
  return TO_ESCAPE.test(value) ? JSON.stringify(value) : `"${value}"`;
}
