import { type Call, newCall, type Voice } from '@trunkline/contracts';
import { callerOf, extensionHeadersOf, forwardedFromOf, type SipRequest } from '@trunkline/sip';
import { cleanText } from './clean-text.js';
import { type Destination, MAX_ADDRESS_LENGTH } from './judge-invite.js';

/** As the api gives to calls that it makes. */
const API_VERSION = '2012-04-24';
/** Of the original's columns (restcomm). */
const MAX_NAME_LENGTH = 64;
/** Nobody places this call, so that it is never used; the record has no room for none. */
const RING_TIMEOUT_SECONDS = 60;

/**
 * The call that an INVITE makes. Only trunks are believed what they assert of the caller (RFC 3325 §4); a client calls under
 * its own login, whatever its From says.
 */
export function newInboundCall(request: SipRequest, destination: Destination, now: Date): Call {
  const { accountSid, to, phoneNumberSid, voice, client } = destination;
  const caller = callerOf(request, { trusted: client === null });
  const call = newCall({
    accountSid,
    to,
    from: client?.login ?? cleanText(caller.user, MAX_ADDRESS_LENGTH),
    direction: 'inbound',
    apiVersion: API_VERSION,
    dateCreated: now.toISOString(),
    instructions: instructionsOf(voice),
    statusCallback: statusCallbackOf(voice),
    metadata: {},
  });
  return {
    ...call,
    phoneNumberSid,
    callerName: cleanOrNull(caller.displayName, MAX_NAME_LENGTH),
    forwardedFrom: cleanOrNull(forwardedFromOf(request), MAX_ADDRESS_LENGTH),
    sipHeaders: Object.fromEntries(extensionHeadersOf(request)),
    sipCode: 180,
    sipReason: 'Ringing',
  };
}

function cleanOrNull(text: string | null, maxLength: number): string | null {
  return text === null ? null : cleanText(text, maxLength) || null;
}

function instructionsOf(voice: Destination['voice']): Call['instructions'] {
  return {
    url: voice.url,
    method: voice.method,
    fallbackUrl: voice.fallbackUrl,
    fallbackMethod: voice.fallbackMethod,
    ringTimeoutSeconds: RING_TIMEOUT_SECONDS,
    markup: null,
    sendDigits: null,
    timeLimitSeconds: null,
    callerId: null,
    sipAuth: null,
    record: null,
    machineDetection: null,
    callee: 'any',
    sipHeaders: {},
  };
}

function statusCallbackOf(voice: Voice): Call['statusCallback'] {
  const { statusCallback: url, statusCallbackMethod: method, statusCallbackEvents: events } = voice;
  return url === null ? null : { url, method, events, dueCount: 0 };
}
