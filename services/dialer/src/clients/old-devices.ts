import type { SipRequest } from '@trunkline/sip';

/** baresip before 3.12 gives up when one of several challenges is by SHA-256, whichever comes first (RFC 8760 §2.4 has it look on). */
const KNOW_ONLY_MD5 = /^baresip v(?:[0-2]|3\.(?:\d|1[01]))\./i;

/** Whether whoever sent a request says of itself that it takes a challenge by MD5 alone. */
export function knowsOnlyMd5(request: SipRequest): boolean {
  return KNOW_ONLY_MD5.test(request.headers.get('User-Agent') ?? '');
}
