import { SipParseError } from './errors.js';
import { isAll, isVisible, readNumber, TOKEN, withoutControls } from './parse-characters.js';

export interface RequestLine {
  kind: 'request';
  method: string;
  uri: string;
}

export interface StatusLine {
  kind: 'response';
  status: number;
  reason: string;
}

const VERSION = 'SIP/2.0';

/** True for a line that begins like a response, of whatever version: the slash cannot be in a method. */
export function isStatusLine(line: string): boolean {
  return line.slice(0, 4).toUpperCase() === 'SIP/';
}

/** RFC 3261 §7.1, §7.2: single spaces, nothing else. @throws SipParseError (505 for another version of SIP) */
export function parseStartLine(line: string): RequestLine | StatusLine {
  if (/[\r\n]/.test(line)) throw new SipParseError('Stray line break');
  return isStatusLine(line) ? parseStatusLine(line) : parseRequestLine(line);
}

function parseRequestLine(line: string): RequestLine {
  const first = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  const method = line.slice(0, Math.max(0, first));
  const uri = line.slice(first + 1, Math.max(first + 1, last));
  const version = line.slice(last + 1);
  if (!isAll(TOKEN, method) || !isVisible(uri)) throw new SipParseError('Malformed request line');
  if (version !== VERSION) checkVersion(version.toUpperCase());
  return { kind: 'request', method, uri };
}

function checkVersion(version: string): void {
  if (!/^SIP\/\d{1,9}\.\d{1,9}$/.test(version)) throw new SipParseError('Malformed request line');
  if (version !== VERSION) throw new SipParseError('Version Not Supported', 505);
}

/** The reason phrase may be empty, and its space with it: harmless, and met (RFC 4475 §3.1.1.13). */
function parseStatusLine(line: string): StatusLine {
  const status = line.slice(VERSION.length + 1, VERSION.length + 4);
  const code = readNumber(status, 699);
  const rest = line.slice(VERSION.length + 4);
  const isPlain = line.slice(0, VERSION.length + 1).toUpperCase() === `${VERSION} `;
  if (
    !isPlain ||
    status.length !== 3 ||
    code === null ||
    code < 100 ||
    (rest !== '' && !rest.startsWith(' '))
  ) {
    throw new SipParseError('Malformed status line', null);
  }
  return { kind: 'response', status: code, reason: withoutControls(rest.slice(1)) };
}
