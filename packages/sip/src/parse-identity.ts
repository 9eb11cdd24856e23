import { SipParseError, UnsafeValueError } from './errors.js';
import type { SipRequest } from './message.js';
import { listOf } from './message-fields.js';
import { unquote, withoutControls } from './parse-characters.js';
import { formatNameAddr, type NameAddr, parseNameAddr } from './parse-name-addr.js';
import { schemeOf, userOf } from './parse-uri.js';

/** Who calls, as far as it may be told on. */
export interface Caller {
  /** Unescaped and without controls: a number, mostly. `anonymous` when it is withheld. */
  user: string;
  /** Without controls; null when there is none or it is withheld. */
  displayName: string | null;
  /** The caller wants to stay unknown, or is (RFC 3323 §4.1, RFC 3325 §7): what was asserted is then left out here. */
  anonymous: boolean;
}

const ANONYMOUS = 'anonymous';

/**
 * The caller: P-Asserted-Identity (RFC 3325) or Remote-Party-ID of a peer that is trusted, otherwise From. Anybody can write
 * any of them, so `trusted` must be the word of the gate. Never throws on what parseMessage gave.
 */
export function callerOf(request: SipRequest, { trusted }: { trusted: boolean }): Caller {
  const asserted = trusted ? (assertedIdentity(request) ?? remoteParty(request)) : null;
  const identity = asserted ?? readAddress(request.headers.get('From') ?? '');
  const user = identity === null ? '' : cleanUser(identity.uri);
  if (wantsPrivacy(request, identity) || user === '' || isAnonymous(user, identity?.uri ?? '')) {
    return { user: ANONYMOUS, displayName: null, anonymous: true };
  }
  return { user, displayName: cleanName(identity?.displayName ?? null), anonymous: false };
}

/** A number before a name: of two, one is tel: or has one (RFC 3325 §9.1). */
function assertedIdentity(request: SipRequest): NameAddr | null {
  const all = addressesOf(request, 'P-Asserted-Identity');
  const named = all.find(({ displayName }) => displayName !== null) ?? null;
  const best = all.find(({ uri }) => /^\+?[\d().-]+$/.test(userOf(uri))) ?? all[0] ?? null;
  return best === null ? null : { ...best, displayName: best.displayName ?? named?.displayName ?? null };
}

/** draft-ietf-sip-privacy-04: never an RFC, still what many gateways send. */
function remoteParty(request: SipRequest): NameAddr | null {
  return (
    addressesOf(request, 'Remote-Party-ID').find(
      ({ params }) => (params.get('party') ?? 'calling').toLowerCase() === 'calling',
    ) ?? null
  );
}

const HIDING = new Set(['id', 'user', 'header', 'full']);

function wantsPrivacy(request: SipRequest, identity: NameAddr | null): boolean {
  const asked = privacyOf(request);
  if (asked.some((kind) => HIDING.has(kind))) return true;
  const remote = identity?.params.get('privacy');
  return (
    remote !== undefined &&
    remote !== null &&
    HIDING.has(unquote(remote).toLowerCase().split(/[-;,]/)[0] ?? '')
  );
}

/** What the Privacy header asks for, in lower case (RFC 3323 §4.2: semicolons; commas are met). */
function privacyOf(request: SipRequest): string[] {
  return request.headers
    .getAll('Privacy')
    .flatMap((text) => text.toLowerCase().split(/[;,]/))
    .map((kind) => kind.trim())
    .filter((kind) => kind !== '' && kind !== 'none');
}

function isAnonymous(user: string, uri: string): boolean {
  return /^(anonymous|unavailable|restricted|unknown)$/i.test(user) || /@anonymous\.invalid\b/i.test(uri);
}

/**
 * The number that a call was forwarded from: the topmost Diversion (RFC 5806 §4), else what History-Info (RFC 7044) tells of
 * the last hop to another user. Null when it was not, or when that is withheld. Never throws.
 */
export function forwardedFromOf(request: SipRequest): string | null {
  const [diversion] = addressesOf(request, 'Diversion');
  const identity = diversion ?? divertingEntry(request);
  if (identity === null || isWithheld(identity)) return null;
  const user = cleanUser(identity.uri);
  return user === '' || isAnonymous(user, identity.uri) ? null : user;
}

function isWithheld({ uri, params }: NameAddr): boolean {
  const privacy = params.get('privacy') ?? '';
  return (
    /^"?(full|uri)\b/i.test(privacy) || /[?&]privacy=[^&]*\b(history|id|user|header|session)\b/i.test(uri)
  );
}

/**
 * RFC 7044 §5: the entry that `mp` points at left its call to another user. Where nobody says so: a target that has a cause
 * (RFC 4458 §2) follows who diverted; else a last entry that names another user than the one before it (RFC 4244).
 */
function divertingEntry(request: SipRequest): NameAddr | null {
  if (privacyOf(request).includes('history')) return null;
  const entries = addressesOf(request, 'History-Info');
  const mapped = entries.findLast(({ params }) => params.has('mp'));
  if (mapped) return entries.find(({ params }) => params.get('index') === mapped.params.get('mp')) ?? null;
  const at = entries.findLastIndex(({ uri }) => /;cause=\d+/i.test(uri));
  const target = at > 0 ? at : entries.length - 1;
  const before = entries[target - 1];
  const after = entries[target];
  return before && after && userOf(before.uri) !== userOf(after.uri) ? before : null;
}

const MAX_EXTENSIONS = 32;
const MAX_EXTENSION_BYTES = 1024;

/**
 * The headers that are told on to markup: those whose name begins with `X-`, in their order, at most 32; a value over 1 KB is
 * left out, since a part of it would mean something else. Controls, which neither a database nor a URL takes, become spaces.
 */
export function extensionHeadersOf(request: SipRequest): [string, string][] {
  const found: [string, string][] = [];
  for (const [name, value] of request.headers) {
    if (found.length === MAX_EXTENSIONS) break;
    if (!/^x-./i.test(name) || name.length + Buffer.byteLength(value) > MAX_EXTENSION_BYTES) continue;
    found.push([name, withoutControls(value)]);
  }
  return found;
}

/** How a caller is told to a trunk. */
export interface Identity {
  /** sip:, sips: or tel:. */
  uri: string;
  displayName: string | null;
  /** Remote-Party-ID says it itself; beside the others a Privacy header must (RFC 3325 §9.3). */
  hidden?: boolean;
}

/** Headers that carry a caller. */
export type IdentityHeader = 'P-Asserted-Identity' | 'P-Preferred-Identity' | 'Remote-Party-ID';

/** The value of such a header. @throws UnsafeValueError on CR, LF and other controls, and on what is no URI */
export function formatIdentity(
  header: IdentityHeader,
  { uri, displayName, hidden = false }: Identity,
): string {
  if (!isAddressable(uri)) throw new UnsafeValueError('an identity is no sip: or tel: URI');
  if (header !== 'Remote-Party-ID') return formatNameAddr({ displayName, uri, params: new Map() });
  const params = new Map([
    ['party', 'calling'],
    ['screen', 'yes'],
    ['privacy', hidden ? 'full' : 'off'],
  ]);
  return formatNameAddr({ displayName, uri, params });
}

function isAddressable(uri: string): boolean {
  try {
    return ['sip', 'sips', 'tel'].includes(schemeOf(uri));
  } catch {
    return false;
  }
}

/** Those of a comma list header that can be read. */
function addressesOf(request: SipRequest, name: string): NameAddr[] {
  return listOf(request, name).flatMap((text) => readAddress(text) ?? []);
}

function readAddress(text: string): NameAddr | null {
  try {
    return parseNameAddr(text);
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}

function cleanUser(uri: string): string {
  return withoutControls(userOf(uri)).trim();
}

function cleanName(name: string | null): string | null {
  const text = name === null ? '' : withoutControls(name).trim();
  return text === '' ? null : text;
}
