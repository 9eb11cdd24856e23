import { SipParseError } from './errors.js';
import { type NameAddr, parseNameAddr } from './parse-name-addr.js';
import { parseReplaces, type Replaces } from './parse-replaces.js';
import { parseUri, schemeOf } from './parse-uri.js';

/** Where a REFER sends us (RFC 3515 §2.1). */
export interface ReferTo {
  /** As written, its headers included. */
  uri: string;
  /** Of the request that is asked for: INVITE unless the URI says otherwise. */
  method: string;
  /** The dialog to be replaced (RFC 3891): an attended transfer. */
  replaces: Replaces | null;
}

/** @throws SipParseError */
export function parseReferTo(text: string): ReferTo {
  const { uri } = parseNameAddr(text);
  const scheme = schemeOf(uri);
  if (scheme !== 'sip' && scheme !== 'sips') return { uri, method: 'INVITE', replaces: null };
  const { params, headers } = parseUri(uri);
  return { uri, method: params.get('method') ?? 'INVITE', replaces: replacesOf(headers ?? '') };
}

function replacesOf(uriHeaders: string): Replaces | null {
  for (const pair of uriHeaders.split('&')) {
    const value = /^replaces=(.*)$/i.exec(pair)?.[1];
    if (value !== undefined) return parseReplaces(decode(value));
  }
  return null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw cause instanceof URIError ? new SipParseError('Malformed URI') : cause;
  }
}

/** Who asked for the transfer (RFC 3892 §3). @throws SipParseError */
export function parseReferredBy(text: string): NameAddr {
  return parseNameAddr(text);
}
