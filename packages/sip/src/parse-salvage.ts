import { SipParseError } from './errors.js';
import type { SipRequest } from './message.js';
import { SipHeaders } from './message-headers.js';
import { isAll, TOKEN } from './parse-characters.js';
import { addHeader, MAX_HEADERS, readLine, skipStartLine, startLineOf } from './parse-head.js';
import { isStatusLine } from './parse-start-line.js';
import { parseVia } from './parse-via.js';

/** A bad response is dropped; a bad request is answered when enough of it can be read. */
export function answerable(error: SipParseError, head: string): SipParseError {
  const request = isStatusLine(startLineOf(head)) ? null : salvageRequest(head);
  return new SipParseError(error.reason, request === null ? null : (error.status ?? 400), request);
}

/**
 * As much of a bad request as its answer needs: what RFC 3261 §8.2.6.2 copies. Null when it must not or cannot be answered:
 * a response, an ACK (§17.1.1.3), no Via that can be read.
 */
function salvageRequest(head: string): SipRequest | null {
  const line = startLineOf(head);
  const [method = '', ...rest] = line.split(' ').filter((word) => word !== '');
  if (isStatusLine(line) || !isAll(TOKEN, method) || method === 'ACK') return null;
  const headers = salvageHeaders(head);
  if (!mendTopVia(headers)) return null;
  return { kind: 'request', method, uri: rest[0] ?? '', headers, body: Buffer.alloc(0) };
}

function salvageHeaders(head: string): SipHeaders {
  const headers = new SipHeaders();
  let at = skipStartLine(head);
  // Lines are counted, not headers: junk makes none.
  for (let lines = 0; at < head.length && lines < MAX_HEADERS; lines++) {
    const line = readLine(head, at);
    addHeader(line.text.replace(/[\r\n]/g, ' '), headers);
    at = line.next;
  }
  return headers;
}

/** An answer finds its way by the top Via alone: when only its parameters are broken, what precedes them will do. */
function mendTopVia(headers: SipHeaders): boolean {
  const via = headers.get('Via');
  if (via === undefined) return false;
  if (attempt(() => parseVia(via))) return true;
  const bare = via.split(/[;,]/, 1)[0] ?? '';
  if (!attempt(() => parseVia(bare))) return false;
  headers.remove('Via').prepend('Via', bare);
  return true;
}

function attempt(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof SipParseError) return false;
    throw error;
  }
}
