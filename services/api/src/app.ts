import type { Logger } from '@trunkline/runtime';
import { Hono } from 'hono';
import { acceptedFormat } from './accepted-format.js';
import type { AccountBook, KnownAccount } from './accounts/account-book.js';
import { answerError } from './answer-error.js';
import type { ApiContext, ApiEnv } from './api-context.js';
import { authenticate } from './authenticate.js';
import type { PublicDocument } from './documents/public-document.js';
import { serveDocument } from './documents/serve-document.js';
import { MethodNotAllowedError, NotFoundError } from './errors.js';
import { type ObserveOptions, observe } from './observe.js';
import type { Operation } from './operation.js';
import { DOOR_2010, DOOR_2012, type Door } from './represent/door.js';
import { writerOf } from './represent/writer-of.js';
import {
  MAX_PATH_LENGTH,
  type RequestPath,
  readPath,
  splitUrl,
  withoutSlashesAtEnd,
} from './request-path.js';
import { allowedMethods, type Method, RouteTable } from './route-table.js';
import { runOperation } from './run-operation.js';

export interface AppOptions extends ObserveOptions {
  operations: readonly Operation[];
  book: AccountBook;
  /** What everybody may read: the OpenAPI document, its page. */
  documents?: readonly PublicDocument[];
  /** Counts a request of an account, before anything is done for it. @throws TooManyRequestsError */
  admit?: (account: KnownAccount) => Promise<void> | void;
  log: Logger;
}

/** The REST API: which path and method is which operation, and how what it gives becomes an answer. */
export function createApp(options: AppOptions): Hono<ApiEnv> {
  const routes = new RouteTable(options.operations);
  const documents = new Map((options.documents ?? []).map((document) => [document.path, document]));
  const app = new Hono<ApiEnv>();
  app.use(observe(options));
  app.all('*', async (context) => {
    const url = splitUrl(context.req.url);
    if (url.path.length > MAX_PATH_LENGTH) throw new NotFoundError(NOTHING);
    const document = documents.size === 0 ? null : findDocument(documents, url.path);
    if (document) return serveDocument(context, document, url.path);
    return answerApi(context, { ...options, routes, ...url });
  });
  app.onError((error, context) => answerFailure(context, options.log, error));
  return app;
}

interface ApiRequest extends AppOptions {
  routes: RouteTable;
  path: string;
  query: string;
}

/** Below a version nothing is told to whoever has no credentials. */
async function answerApi(context: ApiContext, request: ApiRequest): Promise<Response> {
  const target = readPath(request.path);
  if (doorOf(target) === null) throw new NotFoundError(NOTHING);
  const caller = await authenticate(context.req.header('authorization'), request.book);
  const match = request.routes.find(target.segments);
  if (!match) throw new NotFoundError(NOTHING);
  const { method } = context.req;
  const route = match.routes[(method === 'HEAD' ? 'get' : method.toLowerCase()) as Method];
  if (!route) throw new MethodNotAllowedError(method, allowedMethods(match));
  context.set('operation', route.operation.id);
  const format = formatOf(context, target);
  return runOperation(context, { ...request, ...match, route, caller, format });
}

const NOTHING = 'There is nothing at this path';

function doorOf({ segments }: RequestPath): Door | null {
  if (segments[0] === DOOR_2012.version) return DOOR_2012;
  return segments[0] === DOOR_2010.version ? DOOR_2010 : null;
}

function formatOf(context: ApiContext, { extension }: RequestPath) {
  return extension ?? acceptedFormat(context.req.header('accept'));
}

/** In the words of the door at which it was asked, as far as there is one. */
function answerFailure(context: ApiContext, log: Logger, error: Error): Response {
  const answer = answerError(error);
  if (answer.isFault) log.error({ err: error, operation: context.get('operation') }, 'a request failed');
  const target = readPath(splitUrl(context.req.url).path);
  const writer = writerOf(formatOf(context, target));
  const text = writer.error(answer, doorOf(target) ?? DOOR_2012);
  const headers = { 'Content-Type': writer.contentType, Vary: 'Accept', ...answer.headers };
  return context.body(text, answer.status as 500, headers);
}

/** Documents are found under the context roots as well, and with a slash at the end. */
function findDocument(documents: ReadonlyMap<string, PublicDocument>, path: string): PublicDocument | null {
  const known = documents.get(path);
  if (known) return known;
  if (!path.endsWith('/') && !path.startsWith('/restcomm')) return null;
  return documents.get(withoutSlashesAtEnd(path.replace(/^\/restcomm(-sbc)?(?=\/)/, ''))) ?? null;
}
