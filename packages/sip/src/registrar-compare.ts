import { SipParseError } from './errors.js';
import { parseUri, type SipUri } from './parse-uri.js';

/** Parameters that make another address of it when only one side has them (RFC 3261 §19.1.4). */
const TELLING = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** Whether two Contact URIs are the same (RFC 3261 §19.1.4); headers in them do not join in. Never throws. */
export function isSameContact(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [read(one), read(other)];
  return a !== null && b !== null && isSamePlace(a, b) && isSameParams(a.params, b.params);
}

function read(uri: string): SipUri | null {
  try {
    return parseUri(uri);
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}

/** A port that is written and one that is not are two, whatever the number. */
function isSamePlace(a: SipUri, b: SipUri): boolean {
  return (
    a.scheme === b.scheme &&
    unescaped(a.user) === unescaped(b.user) &&
    a.password === b.password &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    a.port === b.port
  );
}

function isSameParams(a: SipUri['params'], b: SipUri['params']): boolean {
  return [...new Set([...a.keys(), ...b.keys()])].every((name) => {
    if (a.has(name) && b.has(name)) return a.get(name)?.toLowerCase() === b.get(name)?.toLowerCase();
    return !TELLING.includes(name);
  });
}

function unescaped(user: string | undefined): string | undefined {
  try {
    return user === undefined ? undefined : decodeURIComponent(user);
  } catch {
    return user;
  }
}
