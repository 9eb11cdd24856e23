import { SipParseError } from './errors.js';
import type { SipMessage } from './message.js';
import { SipHeaders } from './message-headers.js';
import { readNumber } from './parse-characters.js';
import { checkMessage } from './parse-check.js';
import { readHeaders, skipStartLine, startLineOf } from './parse-head.js';
import { answerable } from './parse-salvage.js';
import { parseStartLine, type RequestLine, type StatusLine } from './parse-start-line.js';

const MAX_BYTES = 65_536;
const CR = 0x0d;
const LF = 0x0a;
const HEAD_END = Buffer.from('\r\n\r\n');

/** True for a datagram that is only CR, LF and NUL: a keep-alive (RFC 5626 §3.5.1), not a message; ignore it on UDP. */
export function isKeepAlive(data: Buffer): boolean {
  return data.every((byte) => byte === 0 || byte === CR || byte === LF);
}

/**
 * Reads one datagram (RFC 3261 §7, §18.3). Strict where the RFC leaves no liberty: first line, line ends, Via, From, To,
 * Call-ID, CSeq, Content-Length, single headers, Contact and routes; other headers stay raw text. What follows Content-Length
 * bytes is discarded; without Content-Length the body is the rest of the datagram. Cost grows with the bytes, not faster.
 *
 * @throws SipParseError and nothing else, whatever the bytes are
 */
export function parseMessage(data: Buffer): SipMessage {
  const start = skipLineBreaks(data);
  if (start >= data.length || isKeepAlive(data)) throw new SipParseError('Keep-alive', null);
  const headEnd = data.indexOf(HEAD_END, start);
  const head = data.toString('utf8', start, headEnd < 0 ? data.length : headEnd);
  try {
    if (data.length > MAX_BYTES) throw new SipParseError('Message Too Large', 513);
    if (headEnd < 0) throw new SipParseError('No empty line after the headers');
    return readMessage(head, data.subarray(headEnd + HEAD_END.length));
  } catch (error) {
    throw error instanceof SipParseError ? answerable(error, head) : error;
  }
}

function skipLineBreaks(data: Buffer): number {
  let at = 0;
  while (at < data.length && (data[at] === CR || data[at] === LF)) at++;
  return at;
}

function readMessage(head: string, rest: Buffer): SipMessage {
  const first = parseStartLine(startLineOf(head));
  const headers = new SipHeaders();
  readHeaders(head, skipStartLine(head), headers);
  const message = compose(first, headers, rest);
  checkMessage(message);
  message.body = cutBody(headers.get('Content-Length'), rest);
  return message;
}

function compose(first: RequestLine | StatusLine, headers: SipHeaders, body: Buffer): SipMessage {
  if (first.kind === 'request') {
    return { kind: 'request', method: first.method, uri: first.uri, headers, body };
  }
  return { kind: 'response', status: first.status, reason: first.reason, headers, body };
}

/** RFC 3261 §18.3. */
function cutBody(contentLength: string | undefined, rest: Buffer): Buffer {
  if (contentLength === undefined) return rest;
  const length = readNumber(contentLength, Number.MAX_SAFE_INTEGER);
  if (length === null) throw new SipParseError('Malformed Content-Length');
  if (length > rest.length) throw new SipParseError('Body shorter than Content-Length');
  return length === rest.length ? rest : rest.subarray(0, length);
}
