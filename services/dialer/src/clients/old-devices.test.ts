import { SipHeaders } from '@trunkline/sip';
import { expect, test } from 'vitest';
import { knowsOnlyMd5 } from './old-devices.js';

function from(userAgent: string | null) {
  const headers = new SipHeaders();
  if (userAgent !== null) headers.append('User-Agent', userAgent);
  return { kind: 'request' as const, method: 'REGISTER', uri: 'sip:x', headers, body: Buffer.alloc(0) };
}

test.each(['baresip v1.0.0 (x86_64/linux)', 'baresip v3.9.0 (arm64/Darwin)', 'Baresip v3.11.0'])(
  '%s is asked by MD5 alone',
  (userAgent) => expect(knowsOnlyMd5(from(userAgent))).toBe(true),
);

test.each([
  null,
  'baresip v3.12.1 (x86_64/linux)',
  'baresip v4.0.0',
  'baresip v10.1.0',
  'Linphone/5.2 baresip v1.0.0',
])('%s is not', (userAgent) => expect(knowsOnlyMd5(from(userAgent))).toBe(false));
