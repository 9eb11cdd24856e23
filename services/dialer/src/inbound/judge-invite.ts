import type { Client, PhoneNumber, Trunk, Voice } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import type { CallerPeer } from './caller-peer.js';
import { cleanText } from './clean-text.js';
import type { Refusal } from './inbound-machine.js';
import { isActive, lineageOf } from './lineage.js';

/** Whom an INVITE is for: unescaped users of its Request-URI and its To. */
export interface Called {
  requestUser: string;
  toUser: string;
}

/** Whose call it is, and what is to be done with it. */
export interface Destination {
  accountSid: string;
  to: string;
  phoneNumberSid: string | null;
  voice: Voice & { url: string };
  /** The one that it came over; null when a client calls. */
  trunk: Trunk | null;
  /** The client that calls; null when it came over a trunk. */
  client: Client | null;
}

/** Why a call is not taken; one word each, for metrics. */
export type RefusedBecause =
  | 'unknown-number'
  | 'foreign-trunk'
  | 'inactive-account'
  | 'no-voice-url'
  | 'disabled-client'
  | 'not-admitting'
  | 'trunk-full';

export type Judgement =
  | { kind: 'take'; destination: Destination }
  | { kind: 'refuse'; because: RefusedBecause; refusal: SpokenRefusal };

/** A refusal that explains itself in a Warning (RFC 3261 §20.43), to clients of ours; trunks are told the status alone. */
export interface SpokenRefusal extends Refusal {
  warning?: string;
}

type KnownBook = Pick<Directory, 'numberOf' | 'account'>;

/** Whether a call is taken, and whose it is. */
export function judgeInvite(peer: CallerPeer, called: Called, directory: KnownBook): Judgement {
  return peer.kind === 'trunk'
    ? judgeNumber(peer.trunks, called, directory)
    : judgeClient(peer.client, called, directory);
}

const UNKNOWN: Refusal = { status: 404, reason: 'Not Found' };
/** The number is known and nobody takes its calls: 404 would have carriers forget it. */
const UNATTENDED: Refusal = { status: 480, reason: 'Temporarily Unavailable' };

/**
 * A carrier that we register with calls the contact that we registered, and names the number in To. A trunk brings the calls of
 * those whose calls take it, its account and those below: whoever makes a trunk opens no door to the numbers of others.
 */
function judgeNumber(
  trunks: readonly Trunk[],
  { requestUser, toUser }: Called,
  directory: KnownBook,
): Judgement {
  const numbers = [requestUser, toUser].flatMap((user) => findNumber(user, directory) ?? []);
  if (numbers.length === 0) return refuse('unknown-number', UNKNOWN);
  const [way] = numbers.flatMap((number) => wayOf(number, trunks, directory) ?? []);
  // The world need not know whose number it was.
  if (!way) return refuse('foreign-trunk', UNKNOWN);
  const { number, trunk } = way;
  if (!isActive(number.accountSid, directory)) return refuse('inactive-account', UNKNOWN);
  const { voice, accountSid, sid: phoneNumberSid, phoneNumber: to } = number;
  if (!hasUrl(voice)) return refuse('no-voice-url', UNATTENDED);
  return { kind: 'take', destination: { accountSid, to, phoneNumberSid, voice, trunk, client: null } };
}

/** Of those trunks the one that is nearest to the number's account; null when none is its or of one above it. */
function wayOf(number: PhoneNumber, trunks: readonly Trunk[], directory: KnownBook) {
  for (const sid of lineageOf(number.accountSid, directory)) {
    const trunk = trunks.find(({ accountSid }) => accountSid === sid);
    if (trunk) return { number, trunk };
  }
  return null;
}

function judgeClient(client: Client, { requestUser, toUser }: Called, directory: KnownBook): Judgement {
  const to = cleanText(requestUser || toUser, MAX_ADDRESS_LENGTH);
  const forbidden = complainOfClient(client, directory);
  if (forbidden) return forbidden;
  const { voice, accountSid } = client;
  if (!hasUrl(voice))
    return refuse('no-voice-url', forbid('this client has no VoiceUrl that says what to do with its calls'));
  if (to === '')
    return refuse('unknown-number', { status: 484, reason: 'Address Incomplete', warning: 'whom to call?' });
  return { kind: 'take', destination: { accountSid, to, phoneNumberSid: null, voice, trunk: null, client } };
}

/** Why a client that signed in may do nothing; null when it may. */
export function complainOfClient(
  client: Client,
  directory: Pick<Directory, 'account'>,
): (Judgement & { kind: 'refuse' }) | null {
  if (!client.enabled) return refuse('disabled-client', forbid('this client is switched off'));
  if (isActive(client.accountSid, directory)) return null;
  return refuse('inactive-account', forbid("this client's account is not active"));
}

export const MAX_ADDRESS_LENGTH = 128;

function forbid(warning: string): SpokenRefusal {
  return { status: 403, reason: 'Forbidden', warning };
}

function refuse(because: RefusedBecause, refusal: SpokenRefusal): Judgement & { kind: 'refuse' } {
  return { kind: 'refuse', because, refusal };
}

/** Numbers are written with visual separators, and may have parameters of their own (RFC 3966 §5.1.1, RFC 4694). */
function findNumber(user: string, directory: Pick<Directory, 'numberOf'>): PhoneNumber | null {
  const written = (user.split(';', 1)[0] ?? '').replaceAll(/[-.()\s]/g, '');
  return /^\+?\d{1,20}$/.test(written) ? directory.numberOf(written) : null;
}

function hasUrl(voice: Voice): voice is Voice & { url: string } {
  return voice.url !== null && voice.url !== '';
}
