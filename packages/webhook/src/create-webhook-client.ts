import { Agent, type Dispatcher } from 'undici';
import { type AddressPolicy, anyAddress, publicAddresses } from './address-policy.js';
import { UnusableResponseError, WebhookAbortedError, WebhookTimeoutError } from './errors.js';
import { guardConnections } from './guard-connections.js';
import {
  type Parameters,
  type PreparedRequest,
  paramsForRedirect,
  parseWebhookUrl,
  prepareRequest,
} from './prepare-request.js';
import { readBody } from './read-body.js';
import { createHostResolver, type HostResolver } from './resolve-host.js';
import { signRequest } from './sign-request.js';
import { isStaleConnection, translateError } from './translate-error.js';

export interface WebhookClientOptions {
  /** Whether loopback, private and other special addresses may be called. */
  allowPrivate: boolean;
  /** For the whole exchange: name lookup, redirects and body; 6000. */
  timeoutMs?: number;
  /** A longer response is an error; 64 KiB. */
  maxBodyBytes?: number;
  /** 5. */
  maxRedirects?: number;
  /** 32. Further requests to the origin wait, within their own time. */
  maxConnectionsPerOrigin?: number;
  /** Of all origins together; 1000. */
  maxConnections?: number;
  userAgent?: string;
}

export interface WebhookRequest {
  /** Absolute, http or https. Credentials in it are sent as Basic authorization. */
  url: string;
  method: 'GET' | 'POST';
  params: Parameters;
  /** Ends the exchange with WebhookAbortedError. */
  signal?: AbortSignal;
  /** Resolves as soon as the status is known, with an empty body: the response's length does not matter. */
  discardBody?: boolean;
  /**
   * The token that signs the request (`X-Twilio-Signature`), each redirect's anew; without it, or with null, nothing is
   * signed.
   */
  signingToken?: string | null;
  /** Told once, before `send` resolves or rejects, what came of it and how long it took. */
  onOutcome?: (outcome: WebhookOutcome) => void;
}

/** What came of a request, in short. */
export interface WebhookOutcome {
  /** Of the last response; null when there was none. */
  status: number | null;
  /** Of the whole exchange, whole ms. */
  durationMs: number;
  /** What was wrong, without paths, queries and credentials; null when it went well, whatever the status. */
  error: string | null;
}

export interface WebhookResponse {
  status: number;
  contentType: string | null;
  body: string;
  /** Where the response came from after redirects, for relative URLs; credentials of the URL are still in it. */
  url: string;
  /** The Retry-After header as it came (RFC 9110 §10.2.3), or null. */
  retryAfter: string | null;
}

/** Requests to customers' servers. */
export interface WebhookClient {
  /**
   * Sends parameters: GET appends them to the URL's query, POST sends them as a form. Redirects are followed with the
   * same method and parameters. Any status resolves.
   * @throws WebhookError, whose `retryable` says whether the same request may succeed later
   */
  send(request: WebhookRequest): Promise<WebhookResponse>;
  /** Closes idle connections and breaks the others. */
  close(): Promise<void>;
}

/** What a test puts in place of the Internet. */
export interface Surroundings {
  policy: AddressPolicy;
  resolve: HostResolver;
}

export function createWebhookClient(options: WebhookClientOptions): WebhookClient {
  const policy = options.allowPrivate ? anyAddress : publicAddresses;
  return buildWebhookClient(options, { policy, resolve: createHostResolver() });
}

type Limits = Required<
  Pick<WebhookClientOptions, 'timeoutMs' | 'maxBodyBytes' | 'maxRedirects' | 'userAgent'>
>;

/** As createWebhookClient, in surroundings of a test's own. */
export function buildWebhookClient(
  options: Omit<WebhookClientOptions, 'allowPrivate'>,
  surroundings: Surroundings,
): WebhookClient {
  const { timeoutMs = 6000, maxBodyBytes = 65_536, maxRedirects = 5, userAgent = 'Trunkline' } = options;
  const { maxConnectionsPerOrigin = 32, maxConnections = 1000 } = options;
  const agent = new Agent({
    connections: maxConnectionsPerOrigin,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: 60_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: guardConnections({ ...surroundings, connectTimeoutMs: timeoutMs, maxConnections }),
  });
  const limits = { timeoutMs, maxBodyBytes, maxRedirects, userAgent };
  return {
    send: (request) =>
      measured(request, (onStatus) =>
        withinTime(request, timeoutMs, (signal) => exchange(agent, limits, { ...request, signal, onStatus })),
      ),
    close: () => agent.destroy(),
  };
}

/** Where the server names no time of its own. Short, since many close after five seconds without saying so. */
const KEEP_ALIVE_MS = 2000;

/** A request under way, with the signal that ends it, and who is told of each response's status. */
type Exchange = WebhookRequest & { signal: AbortSignal; onStatus: (status: number) => void };

async function measured(
  { onOutcome }: WebhookRequest,
  run: (onStatus: (status: number) => void) => Promise<WebhookResponse>,
): Promise<WebhookResponse> {
  const startedMs = performance.now();
  let status: number | null = null;
  const tell = (error: string | null) =>
    onOutcome?.({ status, durationMs: Math.round(performance.now() - startedMs), error });
  const note = (last: number) => {
    status = last;
  };
  const response = await run(note).catch((error: Error) => {
    tell(error.message);
    throw error;
  });
  tell(null);
  return response;
}

/**
 * Ends the exchange at its time or by the caller's signal, also while it waits for a connection, which undici's own
 * signal does not.
 */
async function withinTime(
  { url, signal }: WebhookRequest,
  timeoutMs: number,
  run: (signal: AbortSignal) => Promise<WebhookResponse>,
): Promise<WebhookResponse> {
  const stop = new AbortController();
  const { origin } = parseWebhookUrl(url);
  const timer = setTimeout(
    () => stop.abort(new WebhookTimeoutError(`${origin}: no complete response within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const abort = () => stop.abort(new WebhookAbortedError(`${origin}: the request was given up`));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([run(stop.signal), rejectOnAbort(stop.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function exchange(agent: Agent, limits: Limits, request: Exchange): Promise<WebhookResponse> {
  let url = parseWebhookUrl(request.url);
  let params = request.params;
  for (let hops = 0; hops <= limits.maxRedirects; hops += 1) {
    const prepared = prepareRequest(url, request.method, params);
    prepared.headers['user-agent'] = limits.userAgent;
    if (request.signingToken) sign(prepared, params, request.signingToken);
    const response = await sendOnce(agent, prepared, request.signal);
    request.onStatus(response.statusCode);
    const location = redirectOf(response);
    if (location === null) return finish(response, url, { ...request, maxBodyBytes: limits.maxBodyBytes });
    discard(response, limits.maxBodyBytes);
    url = redirectTarget(location, url);
    params = paramsForRedirect(url, request.method, request.params);
  }
  throw new UnusableResponseError(`${url.origin}: more than ${limits.maxRedirects} redirects`);
}

/** The URL as it is sent, so that the server finds in its request what was signed. */
function sign(prepared: PreparedRequest, params: Parameters, token: string): void {
  const url = prepared.origin + prepared.path;
  const inBody = prepared.method === 'POST' ? params : [];
  prepared.headers['x-twilio-signature'] = signRequest({ url, params: inBody, token });
}

async function sendOnce(
  agent: Agent,
  prepared: PreparedRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const options = { ...prepared, signal };
  try {
    return await agent.request(options).catch((error: unknown) => {
      if (isStaleConnection(error) && !signal.aborted) return agent.request(options);
      throw error;
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : translateError(error, prepared.origin);
  }
}

/** RFC 9110 §15.4. The method stays the same for each of them. */
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

function redirectOf(response: Dispatcher.ResponseData): string | null {
  return REDIRECTS.has(response.statusCode) ? headerOf(response, 'location') : null;
}

/** Credentials go along only to the origin that they were given for. */
function redirectTarget(location: string, from: URL): URL {
  const target = parseWebhookUrl(location, from);
  if (target.origin === from.origin && !target.username && !target.password) {
    target.username = from.username;
    target.password = from.password;
  }
  return target;
}

async function finish(
  response: Dispatcher.ResponseData,
  url: URL,
  { discardBody, maxBodyBytes, signal }: Exchange & { maxBodyBytes: number },
): Promise<WebhookResponse> {
  const contentType = headerOf(response, 'content-type');
  const head = {
    status: response.statusCode,
    contentType,
    url: url.href,
    retryAfter: headerOf(response, 'retry-after'),
  };
  if (discardBody) {
    discard(response, maxBodyBytes);
    return { ...head, body: '' };
  }
  try {
    refuseEncoding(response, url.origin);
    return {
      ...head,
      body: await readBody(response.body, contentType, { maxBytes: maxBodyBytes, origin: url.origin }),
    };
  } catch (error) {
    response.body.on('error', () => {}).destroy();
    throw signal.aborted ? signal.reason : translateError(error, url.origin);
  }
}

/** We ask for none, and decompressing would open the door to bodies that unfold. */
function refuseEncoding(response: Dispatcher.ResponseData, origin: string): void {
  const encoding = headerOf(response, 'content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new UnusableResponseError(
      `${origin}: the response is encoded (${encoding.slice(0, 20)}), which was not asked for`,
    );
}

/** Lets the connection be used again when the rest is short and comes soon, and breaks it when not. */
function discard(response: Dispatcher.ResponseData, limit: number): void {
  const breakOff = () => void response.body.on('error', () => {}).destroy();
  const timer = setTimeout(breakOff, DISCARD_MS);
  response.body
    .dump({ limit })
    .catch(breakOff)
    .finally(() => clearTimeout(timer));
}

const DISCARD_MS = 2000;

function headerOf(response: Dispatcher.ResponseData, name: string): string | null {
  const value = response.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
