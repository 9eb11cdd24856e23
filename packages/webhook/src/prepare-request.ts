import { InvalidUrlError } from './errors.js';

export type Parameters = readonly (readonly [string, string])[];

/** One request as it goes out to one server. */
export interface PreparedRequest {
  /** Scheme, host and port: all of the URL that may be told in a log. */
  origin: string;
  /** Path and query. */
  path: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body: string | null;
}

/** Far above what a URL needs, and below what servers refuse. */
const MAX_URL_CHARACTERS = 8192;

/** Says what is wrong with the syntax of a URL that is to be requested, or null. It asks no DNS. */
export function complaintAboutUrl(text: string): string | null {
  if (text.length > MAX_URL_CHARACTERS) return `is longer than ${MAX_URL_CHARACTERS} characters`;
  if (!URL.canParse(text)) return 'is not an absolute URL';
  const { protocol, hostname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return 'does not begin with http:// or https://';
  return hostname === '' ? 'names no host' : null;
}

/**
 * Reads a URL, a redirect's may be relative to `base`.
 * @throws InvalidUrlError
 */
export function parseWebhookUrl(text: string, base?: URL): URL {
  const absolute = base && URL.canParse(text, base.href) ? new URL(text, base).href : text;
  const complaint = complaintAboutUrl(absolute);
  if (complaint) throw new InvalidUrlError(`the ${base ? `redirect of ${base.origin}` : 'URL'} ${complaint}`);
  return new URL(absolute);
}

/**
 * Lays a URL and parameters out as a request. GET: the parameters follow the URL's own query, which is left as it was
 * written. POST: they are the form. Credentials in the URL become a Basic header (RFC 7617).
 */
export function prepareRequest(url: URL, method: 'GET' | 'POST', params: Parameters): PreparedRequest {
  const form = new URLSearchParams(params.map(([name, value]): [string, string] => [name, value])).toString();
  const headers: Record<string, string> = { accept: '*/*' };
  if (url.username || url.password) headers.authorization = basicAuthorization(url);
  if (method === 'POST') headers['content-type'] = 'application/x-www-form-urlencoded; charset=utf-8';
  const query =
    method === 'GET' && form ? `${url.search || '?'}${url.search.length > 1 ? '&' : ''}${form}` : url.search;
  return {
    origin: url.origin,
    path: url.pathname + query,
    method,
    headers,
    body: method === 'POST' ? form : null,
  };
}

/** The parameters to send on to a redirect's target: with GET, without those that its query already holds. */
export function paramsForRedirect(target: URL, method: 'GET' | 'POST', params: Parameters): Parameters {
  return method === 'POST' ? params : params.filter(([name]) => !target.searchParams.has(name));
}

function basicAuthorization(url: URL): string {
  const credentials = `${unescapePart(url.username)}:${unescapePart(url.password)}`;
  return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
}

/** A lone percent sign is no escape and stays. */
function unescapePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
