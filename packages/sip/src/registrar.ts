import { SipParseError } from './errors.js';
import type { SipRequest } from './message.js';
import { cseqOf } from './message-fields.js';
import { quote } from './parse-characters.js';
import { type Contact, parseContact } from './parse-contact.js';
import { parseDeltaSeconds } from './parse-delta-seconds.js';
import { formatNameAddr } from './parse-name-addr.js';
import { isSameContact } from './registrar-compare.js';

/** A device of an address of record. */
export interface KnownBinding {
  /** The Contact URI. */
  contact: string;
  /** Of the REGISTER that made or refreshed it last, and its CSeq number. */
  callId: string;
  cseq: number;
  /** As `nowMs`. */
  expiresAtMs: number;
  /** 0 to 1: the higher, the rather it is to ring. */
  q: number;
  /** `+sip.instance`, with its `reg-id` when the device keeps several connections (RFC 5626 §4.1); null when it has none. */
  instanceId: string | null;
}

export interface RegisterLimits {
  /** Wall clock, ms: bindings are shared by processes. */
  nowMs: number;
  /** Less is answered 423. At most an hour (RFC 3261 §10.3). */
  minSeconds: number;
  /** More is cut to this. */
  maxSeconds: number;
  /** For a Contact that does not say. */
  defaultSeconds: number;
  /** Of one address; a new device beyond them takes the place of the one whose binding ends first, which is tried no more. */
  maxContacts: number;
}

export interface RegisterPlan {
  status: number;
  /** Of the response: with 200 every binding that there is now. */
  headers: [string, string][];
  /** All that there are then; those that have expired are left out. */
  bindings: KnownBinding[];
  /** Whether anything is to be stored. */
  changed: boolean;
}

/**
 * What a REGISTER does to the bindings of its address: all or nothing (RFC 3261 §10.3, steps 6 to 8). Pure. Refuses with 400
 * what cannot be read or is older than what is known, 423, and 403 for more Contacts at once than there may be.
 */
export function planRegister(
  request: SipRequest,
  known: readonly KnownBinding[],
  limits: RegisterLimits,
): RegisterPlan {
  const current = known.filter(({ expiresAtMs }) => expiresAtMs > limits.nowMs);
  const wanted = change(request, current, limits);
  if ('status' in wanted) return { headers: [], ...wanted, bindings: current, changed: false };
  const { bindings, changed } = wanted;
  const headers = bindings.map((binding): [string, string] => ['Contact', format(binding, limits.nowMs)]);
  return { status: 200, headers, bindings, changed };
}

interface Refusal {
  status: number;
  headers?: [string, string][];
}

type Change = { bindings: KnownBinding[]; changed: boolean } | Refusal;

const UNREADABLE: Refusal = { status: 400 };

function change(request: SipRequest, current: KnownBinding[], limits: RegisterLimits): Change {
  const contacts = readContacts(request);
  if (!contacts) return UNREADABLE;
  if (contacts.length === 0) return { bindings: current, changed: false };
  if (contacts.some(({ uri }) => uri === '*')) return removeAll(request, contacts, current);
  if (contacts.length > limits.maxContacts) return { status: 403 };
  return apply(request, { contacts, current }, limits);
}

/** Null when one cannot be read, or names no SIP device, which is all that we can call. */
function readContacts(request: SipRequest): Contact[] | null {
  try {
    const contacts = request.headers.getAll('Contact').map(parseContact);
    return contacts.every(({ uri }) => uri === '*' || /^sips?:/i.test(uri)) ? contacts : null;
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}

/** Only alone, and only with `Expires: 0` (RFC 3261 §10.2.2). */
function removeAll(request: SipRequest, contacts: Contact[], current: KnownBinding[]): Change {
  const expires = parseDeltaSeconds(request.headers.get('Expires'));
  if (contacts.length > 1 || expires !== 0) return UNREADABLE;
  if (current.some((binding) => isOlder(request, binding))) return UNREADABLE;
  return { bindings: [], changed: current.length > 0 };
}

function apply(
  request: SipRequest,
  { contacts, current }: { contacts: Contact[]; current: KnownBinding[] },
  limits: RegisterLimits,
): Change {
  let kept = current;
  let fresh: KnownBinding[] = [];
  for (const contact of contacts) {
    const asked = contact.expiresSeconds ?? expiresOf(request) ?? limits.defaultSeconds;
    if (asked > 0 && asked < limits.minSeconds)
      return { status: 423, headers: [['Min-Expires', String(limits.minSeconds)]] };
    const replaced = kept.filter((binding) => isReplacedBy(binding, contact));
    if (replaced.some((binding) => isOlder(request, binding))) return UNREADABLE;
    kept = kept.filter((binding) => !replaced.includes(binding));
    fresh = fresh.filter((binding) => !isReplacedBy(binding, contact));
    if (asked > 0) fresh.push(bindingOf(request, contact, limits.nowMs + 1000 * cut(asked, limits)));
  }
  return { bindings: [...makeRoom(kept, limits.maxContacts - fresh.length), ...fresh], changed: true };
}

function cut(seconds: number, { maxSeconds }: RegisterLimits): number {
  return Math.min(seconds, maxSeconds);
}

function expiresOf(request: SipRequest): number | null {
  return parseDeltaSeconds(request.headers.get('Expires'));
}

/** The same address, or the same device at a new one (RFC 5626 §6). */
function isReplacedBy(binding: KnownBinding, contact: Contact): boolean {
  const instanceId = instanceOf(contact);
  return (
    isSameContact(binding.contact, contact.uri) || (instanceId !== null && binding.instanceId === instanceId)
  );
}

/** RFC 3261 §10.3: within one Call-ID the counting goes up; another Call-ID is a device that was started anew. */
function isOlder(request: SipRequest, binding: KnownBinding): boolean {
  return request.headers.get('Call-ID') === binding.callId && cseqOf(request).number <= binding.cseq;
}

/** Those whose bindings end last stay. */
function makeRoom(kept: KnownBinding[], room: number): KnownBinding[] {
  if (kept.length <= room) return kept;
  const lasting = new Set(
    kept.toSorted((one, other) => other.expiresAtMs - one.expiresAtMs).slice(0, Math.max(0, room)),
  );
  return kept.filter((binding) => lasting.has(binding));
}

function bindingOf(request: SipRequest, contact: Contact, expiresAtMs: number): KnownBinding {
  return {
    contact: contact.uri,
    callId: request.headers.get('Call-ID') ?? '',
    cseq: cseqOf(request).number,
    expiresAtMs,
    q: contact.q,
    instanceId: instanceOf(contact),
  };
}

/** The first connection of a device and its only one are the same. */
function instanceOf({ instanceId, regId }: Contact): string | null {
  if (instanceId === null || regId === null || regId === 1) return instanceId;
  return `${instanceId};reg-id=${regId}`;
}

function format({ contact, expiresAtMs, q, instanceId }: KnownBinding, nowMs: number): string {
  const params = new Map([['expires', String(Math.ceil((expiresAtMs - nowMs) / 1000))]]);
  if (q < 1) params.set('q', String(q));
  const [, urn, regId] = /^(.*?)(?:;reg-id=(\d+))?$/s.exec(instanceId ?? '') ?? [];
  if (urn) params.set('+sip.instance', quote(urn));
  if (regId !== undefined) params.set('reg-id', regId);
  return formatNameAddr({ displayName: null, uri: contact, params });
}
