import { digestToken, type KnownAccount } from '../accounts/account-book.js';

/** An active account as the book has it, with what a test wants different. */
export function knownAccount({
  token,
  ...changes
}: Partial<KnownAccount> & { token?: string } = {}): KnownAccount {
  return {
    sid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01',
    parentSid: null,
    email: 'administrator@company.com',
    friendlyName: 'administrator@company.com',
    status: 'active',
    currency: 'USD',
    authTokenSealed: Buffer.alloc(0),
    secondaryTokenSealed: null,
    secondaryExpires: null,
    requestsPerSecond: null,
    concurrentCalls: null,
    dateCreated: '2026-11-24T10:00:00.000Z',
    dateUpdated: '2026-11-24T10:00:00.000Z',
    tokenDigest: digestToken(token ?? 'a-token-of-some-length'),
    secondaryDigest: null,
    ...changes,
  };
}
