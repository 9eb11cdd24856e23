import type { AccountBook, KnownAccount } from './accounts/account-book.js';
import type { ApiContext } from './api-context.js';
import { authorizePath, authorizeUse } from './authenticate.js';
import { NotFoundError } from './errors.js';
import type { Answer, Caller, OperationRequest } from './operation.js';
import { PAGING_NAMES } from './parameters/paging.js';
import type { ParameterSet } from './parameters/parameter-set.js';
import { type ReadParameters, readParameters } from './parameters/read-parameters.js';
import { readForm } from './read-form.js';
import type { Format, Place } from './represent/resource.js';
import { uriOf } from './represent/resource.js';
import { writerOf } from './represent/writer-of.js';
import type { Route } from './route-table.js';

/** A request whose operation was found. */
export interface RoutedRequest {
  route: Route;
  /** What stands in the path for the route's names. Not decoded. */
  values: readonly string[];
  /** Without `?`, not decoded. */
  query: string;
  caller: Caller;
  format: Format;
  book: AccountBook;
  admit?: (account: KnownAccount) => Promise<void> | void;
}

/** Everything from the credentials to the answer: may the caller do it, what is asked, and how is it written. */
export async function runOperation(context: ApiContext, request: RoutedRequest): Promise<Response> {
  const { route, caller, book } = request;
  const { operation, door } = route;
  const path = readNames(request);
  const { AccountSid: pathAccount } = path;
  const account = pathAccount === undefined ? caller.account : await authorizePath(caller, pathAccount, book);
  if (pathAccount !== undefined) path.AccountSid = account.sid;
  authorizeUse(caller, account, operation, book);
  await request.admit?.(caller.account);
  const query = readQuery(operation.query, request.query);
  const form = operation.form && readParameters(operation.form, await readForm(context.env.incoming));
  const answer = await operation.run({
    caller,
    account,
    path,
    query: query.values,
    form: form?.values ?? {},
    kept: query.given.filter(([name]) => !PAGING_NAMES.includes(name)),
    door,
    header: (name) => context.req.header(name) ?? null,
    get signal() {
      return context.req.raw.signal;
    },
  } satisfies OperationRequest<unknown, unknown>);
  return writeAnswer(context, request, path, answer);
}

/** @throws NotFoundError for a segment that is no text */
function readNames({ route, values }: RoutedRequest): Record<string, string> {
  const path: Record<string, string> = {};
  for (const [index, name] of route.names.entries()) path[name] = decode(values[index] ?? '');
  return path;
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new NotFoundError('There is nothing at this path', { cause });
  }
}

const NOTHING: ReadParameters<unknown> = { values: {}, given: [] };

function readQuery(set: ParameterSet<unknown> | undefined, query: string): ReadParameters<unknown> {
  return set ? readParameters(set, new URLSearchParams(query)) : NOTHING;
}

function writeAnswer(
  context: ApiContext,
  { route, format }: RoutedRequest,
  path: Record<string, string>,
  answer: Answer,
): Response | Promise<Response> {
  if (answer.status === 204) return context.body(null, 204);
  if ('stream' in answer) return writeStream(context, answer);
  const writer = writerOf(format);
  const base = fill(route.base, path);
  const place: Place = { door: route.door, base, extension: writer.extension };
  const headers = { 'Content-Type': writer.contentType, Vary: 'Accept' };
  if ('item' in answer) {
    const { resource, value } = answer.item;
    const location = answer.status === 201 && { Location: uriOf(resource, value as never, place) };
    const text = writer.item(answer.item, place);
    return context.body(text, answer.status, { ...headers, ...location, ...answer.headers });
  }
  const listUri = base + fill(route.operation.path, path) + writer.extension;
  const written = writer.page(answer.page, place, listUri);
  return context.body(written.text, 200, { ...headers, ...written.headers });
}

/** Its connection is not kept: a server that stops waits for those that are. */
async function writeStream(
  context: ApiContext,
  answer: Extract<Answer, { stream: unknown }>,
): Promise<Response> {
  const headers = { 'Content-Type': answer.contentType, Connection: 'close', ...answer.headers };
  if (context.req.method !== 'HEAD') return context.body(answer.stream, answer.status, headers);
  await answer.stream.cancel();
  return context.body(null, answer.status, headers);
}

function fill(template: string, path: Readonly<Record<string, string>>): string {
  return template.includes('{')
    ? template.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(path[name] ?? ''))
    : template;
}
