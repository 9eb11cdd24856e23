import { FORBIDDEN_CHARACTERS } from '../parameters/read-parameters.js';

const MAX_HEADERS = 20;
const MAX_VALUE_BYTES = 1024;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Headers for the INVITE by name, or what is wrong with them, in words that follow the parameter's name. */
export type ReadSipHeaders = { headers: Record<string, string> } | { complaint: string };

/**
 * Reads what stands behind the `?` of whom to call: `X-Order=17&X-Note=two%20words` (RFC 3261 §19.1.1, where a plus is a
 * plus). A name that does not begin with `X-` is given it, so that no header of the protocol can be set.
 */
export function readSipHeaders(text: string): ReadSipHeaders {
  const headers: Record<string, string> = {};
  const names = new Set<string>();
  for (const pair of text.split('&').filter((one) => one !== '')) {
    const read = readPair(pair);
    if (read === null) return { complaint: UNREADABLE };
    const { name, value } = read;
    if (FORBIDDEN_CHARACTERS.test(value)) return { complaint: `has a control character in ${name}` };
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
      return { complaint: `has more than ${MAX_VALUE_BYTES} bytes in ${name}` };
    }
    if (names.has(name.toLowerCase())) return { complaint: `has ${name} twice` };
    names.add(name.toLowerCase());
    if (names.size > MAX_HEADERS) return { complaint: `has more than ${MAX_HEADERS} headers` };
    headers[name] = value;
  }
  return { headers };
}

const UNREADABLE = 'must have headers like X-Name=value behind its ?, joined by & and percent-encoded';

function readPair(pair: string): { name: string; value: string } | null {
  const equals = pair.indexOf('=');
  if (equals < 1) return null;
  try {
    const name = decodeURIComponent(pair.slice(0, equals));
    // Blanks around a value mean nothing in a header (RFC 3261 §7.3.1).
    const value = decodeURIComponent(pair.slice(equals + 1)).trim();
    return NAME.test(name) ? { name: `X-${name.replace(/^x-/i, '')}`, value } : null;
  } catch {
    return null;
  }
}
