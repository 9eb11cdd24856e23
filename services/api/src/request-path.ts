import type { Format } from './represent/resource.js';

/** What a request's path says: where it leads, and in which format the answer is wanted. */
export interface RequestPath {
  /** What stands between slashes, without a known context root, extensions, and slashes at the end. Not decoded. */
  segments: string[];
  /** The format that an extension asks for; null when there is none. */
  extension: Format | null;
}

/** Nothing is at a longer path, in characters: an email in it, percent-encoded, may have some 800. */
export const MAX_PATH_LENGTH = 2048;

/** Context roots under which clients of the original products look for the API. */
const PREFIXES = new Set(['restcomm', 'restcomm-sbc']);

/**
 * Takes a path apart. `.json` may stand at the end of any segment, since clients of the original wrote `Calls.json/CA…`;
 * `.csv` and `.xml` at the end of the last one.
 * @param path absolute, without a query
 */
export function readPath(path: string): RequestPath {
  const segments = path.split('/').slice(1);
  if (PREFIXES.has(segments[0] ?? '')) segments.shift();
  while (segments.at(-1) === '') segments.pop();
  let extension = takeExtension(segments, segments.length - 1, ['.csv', '.xml']);
  for (const index of segments.keys()) extension = takeExtension(segments, index, ['.json']) ?? extension;
  return { segments, extension };
}

function takeExtension(segments: string[], index: number, extensions: readonly string[]): Format | null {
  const segment = segments[index];
  const found = extensions.find((extension) => segment?.endsWith(extension));
  if (!(segment && found)) return null;
  segments[index] = segment.slice(0, -found.length);
  return found.slice(1) as Format;
}

/** Without a pattern: one would begin anew at every slash, and take seconds for a long run of them. */
export function withoutSlashesAtEnd(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** The path and the query (without `?`) of an absolute URL, neither decoded. */
export function splitUrl(url: string): { path: string; query: string } {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  if (start < 0) return { path: '/', query: '' };
  const [target = ''] = url.slice(start).split('#', 1);
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
