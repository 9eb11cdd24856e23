import type { Operation } from '../operation.js';
import { asyncApiFile } from './async-api.js';
import { describeApi } from './describe-api.js';
import { docsPage } from './docs-page.js';
import type { PublicDocument } from './public-document.js';

/** What everybody may read. */
export function publicDocuments(operations: readonly Operation[]): readonly PublicDocument[] {
  return [jsonDocument('/openapi.json', () => describeApi(operations)), asyncApiFile, ...docsPage()];
}

/** A document that is made when it is first asked for. Any page may read it: it is the same for everybody. */
function jsonDocument(path: string, make: () => object): PublicDocument {
  let text: string | null = null;
  const read = () => {
    text ??= JSON.stringify(make());
    return text;
  };
  const headers = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-cache' };
  return { path, contentType: 'application/json', headers, read };
}
