/** Which characters may stand where, as bits; one table look-up a character keeps every scan linear. */
export const TOKEN = 1;
export const HOST = 2;
export const USER = 4;
export const URI_PARAM = 8;
export const URI_HEADERS = 16;
/** What we take as an unquoted parameter value: more than a token, since IPv6, base64 and `@` are met in tags and Vias. */
export const PARAM_VALUE = 32;

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** RFC 3261 §25.1 `mark`. */
const MARK = "-_.!~*'()";

const table = new Uint8Array(128);

function allow(bit: number, characters: string): void {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    table[code] = (table[code] ?? 0) | bit;
  }
}

allow(TOKEN | HOST | USER | URI_PARAM | URI_HEADERS | PARAM_VALUE, ALPHANUMERIC);
allow(TOKEN, "-.!%*_+`'~");
// An underscore is no host name by the RFC, but private networks have them.
allow(HOST, '-._');
// '#' should be escaped; dial strings with a bare one are common.
allow(USER, `${MARK}&=+$,;?/%#`);
allow(URI_PARAM, `${MARK}[]/:&+$%=`);
allow(URI_HEADERS, `${MARK}[]/?:+$%=&`);
allow(PARAM_VALUE, "!#$%&'()*+-./:=?@[]^_`{|}~");

/** True when the text is not empty and each of its characters has that bit. */
export function isAll(bit: number, text: string): boolean {
  return text.length > 0 && skipAll(bit, text, 0) === text.length;
}

/** The first place from `at` on whose character has not that bit. */
export function skipAll(bit: number, text: string, at: number): number {
  let end = at;
  while (end < text.length && ((table[text.charCodeAt(end)] ?? 0) & bit) !== 0) end++;
  return end;
}

const SPACE = 0x20;
const TAB = 0x09;

/** The first place from `at` on that is no space or tab (folding is already undone). */
export function skipSpace(text: string, at: number): number {
  let end = at;
  while (end < text.length && isSpace(text.charCodeAt(end))) end++;
  return end;
}

/** Cuts spaces and tabs only: `trim` would also cut characters that belong to a name. */
export function trimSpace(text: string): string {
  const from = skipSpace(text, 0);
  let to = text.length;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** True when every character is visible: no space, no control, nothing that ends a URI in a header. */
export function isVisible(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= SPACE || code === 0x7f || code === 0x22 || code === 0x3c || code === 0x3e) return false;
  }
  return text.length > 0;
}

/** A decimal number of at most `max`; null for anything else, a sign included. */
export function readNumber(text: string, max: number): number | null {
  if (text.length === 0) return null;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return null;
  }
  const value = Number(text);
  return value <= max ? value : null;
}

/** The place after the closing quote of the quoted string that begins at `at`; -1 when it never closes (RFC 3261 §25.1). */
export function skipQuoted(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x22) return end + 1;
    if (code === 0x5c) end++;
  }
  return -1;
}

/** The content of a quoted string, its escapes undone; what is not quoted comes back as it is. */
export function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  const inner = text.slice(1, -1);
  return inner.includes('\\') ? inner.replace(/\\([\s\S])/g, '$1') : inner;
}

/** Writes a quoted string. The caller has refused CR and LF. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Splits a comma list, leaving commas inside quotes and angle brackets alone. An empty list element stays, as ''. */
export function splitCommas(text: string): string[] {
  if (!text.includes(',')) return [trimSpace(text)];
  const parts: string[] = [];
  let from = 0;
  let bracketed = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22 && !bracketed) {
      const end = skipQuoted(text, at);
      if (end < 0) break;
      at = end - 1;
    } else if (code === 0x3c) bracketed = true;
    else if (code === 0x3e) bracketed = false;
    else if (code === 0x2c && !bracketed) {
      parts.push(trimSpace(text.slice(from, at)));
      from = at + 1;
    }
  }
  parts.push(trimSpace(text.slice(from)));
  return parts;
}

/** True when there is a control among the characters (C0 but TAB, DEL): no text of ours that is written may have one. */
export function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code < SPACE && code !== TAB) || code === 0x7f) return true;
  }
  return false;
}

/** For text that goes on to logs, URLs and a database, which refuses NUL: controls become spaces. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
}
