/** The two answer formats; XML is the default. */
export type Format = 'xml' | 'json';

/** Context roots under which clients of the original products look for the API. */
const PREFIXES = new Set(['restcomm', 'restcomm-sbc']);
const JSON_SUFFIX = /\.json(?=\/|$)/g;

/**
 * The path by which a request is routed: without a known context root, without `.json` on any segment, and without
 * slashes at its end.
 * @param url absolute, as in a Request
 */
export function routePath(url: string): string {
  const segments = rawPath(url).replace(JSON_SUFFIX, '').split('/');
  if (PREFIXES.has(segments[1] ?? '')) segments.splice(1, 1);
  while (segments.length > 1 && segments.at(-1) === '') segments.pop();
  return segments.join('/') || '/';
}

/** JSON when any segment of the path ends in `.json`, or when the Accept header speaks of JSON; else XML. */
export function formatOf(url: string, accept: string | undefined): Format {
  const path = rawPath(url);
  if (path.includes('.json') && path.search(JSON_SUFFIX) >= 0) return 'json';
  return accept?.toLowerCase().includes('json') ? 'json' : 'xml';
}

function rawPath(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  if (start < 0) return '/';
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}
