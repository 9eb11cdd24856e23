import type { ApiContext } from '../api-context.js';
import { MethodNotAllowedError } from '../errors.js';
import type { PublicDocument } from './public-document.js';

/** @throws MethodNotAllowedError */
export async function serveDocument(
  context: ApiContext,
  document: PublicDocument,
  path: string,
): Promise<Response> {
  context.set('operation', 'read-document');
  const { method } = context.req;
  if (method !== 'GET' && method !== 'HEAD') throw new MethodNotAllowedError(method, ['GET', 'HEAD']);
  const body = await document.read(path.endsWith('/'));
  const headers = {
    'Content-Type': document.contentType,
    'X-Content-Type-Options': 'nosniff',
    ...document.headers,
  };
  return context.body(body as string, 200, headers);
}
