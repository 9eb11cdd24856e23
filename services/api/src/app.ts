import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AccountBook, KnownAccount } from './accounts/account-book.js';
import { answerError } from './answer-error.js';
import { authenticate, authorizePath } from './authenticate.js';
import { createCall } from './calls/create-call.js';
import { getCall } from './calls/get-call.js';
import { listCalls } from './calls/list-calls.js';
import { modifyCall } from './calls/modify-call.js';
import { MethodNotAllowedError, NotFoundError } from './errors.js';
import { type ObserveOptions, observe } from './observe.js';
import type { CallPorts } from './ports.js';
import { readForm } from './read-form.js';
import { representationOf } from './represent/represent.js';
import type { Representation } from './represent/representation.js';
import { formatOf, routePath } from './request-path.js';

/** What the handlers find in a request's context. */
export interface ApiEnv {
  Bindings: HttpBindings;
  Variables: {
    account: KnownAccount;
    /** What was asked for, in a word, for the metrics: paths have Sids in them. */
    operation: string;
  };
}

export interface AppOptions extends ObserveOptions {
  ports: CallPorts;
  accounts: AccountBook;
}

type ApiContext = Context<ApiEnv>;

const VERSION_PATH = '/2012-04-24';
const LIST_PATHS = [`${VERSION_PATH}/Calls`, `${VERSION_PATH}/Accounts/:accountSid/Calls`];
const METHODS = ['GET', 'HEAD', 'POST'];

/** The REST API: which path and method is which operation, and how its result becomes an answer. */
export function createApp(options: AppOptions): Hono<ApiEnv> {
  const { ports, accounts } = options;
  const app = new Hono<ApiEnv>({ getPath: (request) => routePath(request.url) });
  app.use(observe(options));
  app.use(`${VERSION_PATH}/*`, async (context, next) => {
    context.set('account', authenticate(context.req.header('authorization'), accounts));
    await next();
  });
  for (const path of LIST_PATHS) {
    app.get(path, (context) => list(context, options));
    app.post(path, (context) => create(context, options));
    app.all(path, refuseMethod);
    app.get(`${path}/:callSid`, (context) => read(context, options));
    app.post(`${path}/:callSid`, (context) => modify(context, options));
    app.all(`${path}/:callSid`, refuseMethod);
  }
  app.notFound((context) => answer(context, ports, new NotFoundError('There is nothing at this path')));
  app.onError((error, context) => answer(context, ports, error));
  return app;
}

async function list(context: ApiContext, { ports, accounts }: AppOptions): Promise<Response> {
  const { account, callsPath } = begin(context, 'list-calls', accounts);
  const { search } = new URL(context.req.url);
  const page = await listCalls(ports, account.sid, new URLSearchParams(search));
  return send(context, 200, (as) => as.page(page, callsPath));
}

async function create(context: ApiContext, { ports, accounts }: AppOptions): Promise<Response> {
  const { account, callsPath } = begin(context, 'create-call', accounts);
  const call = await createCall(ports, account.sid, await readForm(context.env.incoming));
  const as = representation(context);
  return send(context, 201, () => as.call(call, callsPath), { Location: as.callUri(call.sid, callsPath) });
}

async function read(context: ApiContext, { ports, accounts }: AppOptions): Promise<Response> {
  const { account, callsPath } = begin(context, 'get-call', accounts);
  const { call } = await getCall(ports, account.sid, context.req.param('callSid') ?? '');
  return send(context, 200, (as) => as.call(call, callsPath));
}

async function modify(context: ApiContext, { ports, accounts }: AppOptions): Promise<Response> {
  const { account, callsPath } = begin(context, 'modify-call', accounts);
  const callSid = context.req.param('callSid') ?? '';
  const form = await readForm(context.env.incoming);
  const call = await modifyCall(ports, { accountSid: account.sid, callSid, form });
  return send(context, 200, (as) => as.call(call, callsPath));
}

function refuseMethod(context: ApiContext): never {
  throw new MethodNotAllowedError(context.req.method, METHODS);
}

/** Names the operation, and holds the account in the path, if there is one, against the one of the credentials. */
function begin(context: ApiContext, operation: string, accounts: AccountBook) {
  context.set('operation', operation);
  const account = context.get('account');
  const pathAccount = context.req.param('accountSid');
  if (pathAccount === undefined) return { account, callsPath: `${VERSION_PATH}/Calls` };
  authorizePath(account, pathAccount, accounts);
  return { account, callsPath: `${VERSION_PATH}/Accounts/${account.sid}/Calls` };
}

function representation(context: ApiContext): Representation {
  return representationOf(formatOf(context.req.url, context.req.header('accept')));
}

function send(
  context: ApiContext,
  status: ContentfulStatusCode,
  write: (as: Representation) => string,
  headers: Record<string, string> = {},
): Response {
  const as = representation(context);
  return context.body(write(as), status, { 'Content-Type': as.contentType, Vary: 'Accept', ...headers });
}

function answer(context: ApiContext, { log }: Pick<CallPorts, 'log'>, error: Error): Response {
  const { status, message, headers, isFault } = answerError(error);
  if (isFault) log.error({ err: error, operation: context.get('operation') }, 'a request failed');
  return send(context, status as ContentfulStatusCode, (as) => as.message(status, message), headers);
}
