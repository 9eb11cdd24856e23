import type { ErrorAnswer } from '../answer-error.js';
import type { AnyItem, AnyPage } from '../operation.js';
import type { Door } from './door.js';
import type { Place } from './resource.js';

/** Text, and what a client must be told beside it. */
export interface Written {
  text: string;
  headers?: Record<string, string>;
}

/** Turns what operations give into the text of an answer, in one format. */
export interface Writer {
  contentType: string;
  extension: Place['extension'];
  item(item: AnyItem, place: Place): string;
  /** @param listUri the list's path with the extension of the format, relative to the server */
  page(page: AnyPage, place: Place, listUri: string): Written;
  error(error: ErrorAnswer, door: Door): string;
}
