import { SipParseError } from './errors.js';
import type { SipMessage } from './message.js';
import { unquote } from './parse-characters.js';
import { parseDeltaSeconds } from './parse-delta-seconds.js';
import { parseNameAddr } from './parse-name-addr.js';

/** One Contact value, its parameters read (RFC 3261 §20.10, RFC 5626 §4.1). */
export interface Contact {
  /** `*` for the one that removes all. */
  uri: string;
  displayName: string | null;
  /** 0 to 1; 1 when absent or malformed. */
  q: number;
  /** Null when absent or malformed: the Expires header or a default counts then. */
  expiresSeconds: number | null;
  /** `<urn:uuid:…>` as written, without its quotes. */
  instanceId: string | null;
  regId: number | null;
  params: ReadonlyMap<string, string | null>;
}

/** @throws SipParseError */
export function parseContact(text: string): Contact {
  const { uri, displayName, params } = parseNameAddr(text);
  const instance = params.get('+sip.instance') ?? null;
  return {
    uri,
    displayName,
    q: parseQ(params.get('q')),
    expiresSeconds: parseDeltaSeconds(params.get('expires')),
    instanceId: instance === null ? null : unquote(instance),
    regId: parseDeltaSeconds(params.get('reg-id')),
    params,
  };
}

/** RFC 3261 §25.1 `qvalue`. */
function parseQ(text: string | null | undefined): number {
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text ?? '') ? Number(text) : 1;
}

/** The Contacts of a response, those that can be read, highest q first, otherwise as they came (RFC 3261 §8.1.3.4). Never throws. */
export function contactsOf(message: SipMessage): Contact[] {
  return message.headers
    .getAll('Contact')
    .flatMap((text) => readContact(text) ?? [])
    .sort((one, other) => other.q - one.q);
}

function readContact(text: string): Contact | null {
  try {
    return parseContact(text);
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}
