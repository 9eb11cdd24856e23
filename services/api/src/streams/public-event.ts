import type { Call, CallEvent } from '@trunkline/contracts';

type Instructions = Call['instructions'];

/**
 * An event as it is shown over HTTP: as it is in the stream, but without the sealed SIP password, and with URLs whose
 * credentials are left out, since a key that may only read sees it too.
 */
export function publicEvent(event: CallEvent): object {
  const { instructions, statusCallback } = event.data;
  return {
    ...event,
    data: {
      ...event.data,
      instructions: publicInstructions(instructions),
      statusCallback: statusCallback && { ...statusCallback, url: withoutCredentials(statusCallback.url) },
    },
  };
}

function publicInstructions(instructions: Instructions): object {
  const { url, fallbackUrl, sipAuth, record, machineDetection } = instructions;
  return {
    ...instructions,
    url: withoutCredentials(url),
    fallbackUrl: withoutCredentials(fallbackUrl),
    sipAuth: sipAuth && { username: sipAuth.username },
    record: record && { ...record, callbackUrl: withoutCredentials(record.callbackUrl) },
    machineDetection: machineDetection && {
      ...machineDetection,
      callbackUrl: withoutCredentials(machineDetection.callbackUrl),
    },
  };
}

/** Everything between the slashes and the last `@` of the authority (RFC 3986 §3.2.1). */
const CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i;

function withoutCredentials<T extends string | null>(url: T): T {
  return (url === null ? null : url.replace(CREDENTIALS, '$1')) as T;
}
