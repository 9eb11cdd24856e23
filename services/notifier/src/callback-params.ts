import { type Call, type CallEvent, eventName, isFinalStatus } from '@trunkline/contracts';

/**
 * The parameters of the StatusCallback of an event that asks for one, in the order of Restcomm's. What is not known is
 * left out.
 */
export function callbackParams(event: CallEvent): [string, string][] {
  const { data: call } = event;
  const known: [string, string | number | null][] = [
    ['AccountSid', call.accountSid],
    ['CallSid', call.sid],
    ['From', call.from],
    ['To', call.to],
    ['Direction', call.direction],
    ['ApiVersion', call.apiVersion],
    ['CallerName', call.callerName],
    ['ForwardedFrom', call.forwardedFrom],
    ['ParentCallSid', call.parentCallSid],
    ['CallStatus', eventName(event) === 'initiated' ? 'initiated' : call.status],
    ['CallDuration', callDuration(call)],
    ['SipResponseCode', call.sipCode],
    ['Timestamp', mailDate(event.time)],
    ['CallbackSource', 'call-progress-events'],
    ['SequenceNumber', Math.max(0, (call.statusCallback?.dueCount ?? 1) - 1)],
    ['Metadata', metadataText(call)],
  ];
  return known.flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
}

/** JSON; null when there is none. */
function metadataText({ metadata }: Call): string | null {
  return Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : null;
}

/** Whole seconds of talk, at the end only; 0 for a call that nobody answered. */
function callDuration(call: Call): number | null {
  return isFinalStatus(call.status) ? (call.durationSeconds ?? 0) : null;
}

/** RFC 5322 §3.3 in UTC: `Tue, 24 Nov 2026 09:05:03 +0000`. */
function mailDate(isoTime: string): string {
  return new Date(isoTime).toUTCString().replace('GMT', '+0000');
}
