import type { Directory } from '@trunkline/directory';

type AccountBook = Pick<Directory, 'account'>;

/** A chain of accounts that is longer was made by mistake, or is a circle. */
const MAX_ANCESTORS = 10;

/** The account and those above it, the nearest first. */
export function lineageOf(accountSid: string, directory: AccountBook): string[] {
  const lineage: string[] = [];
  let sid: string | null = accountSid;
  while (sid && lineage.length <= MAX_ANCESTORS) {
    lineage.push(sid);
    sid = directory.account(sid)?.parentSid ?? null;
  }
  return lineage;
}

/** An account that is suspended takes those below it with it, as at the api. One that is not known is not active. */
export function isActive(accountSid: string, directory: AccountBook): boolean {
  return lineageOf(accountSid, directory).every((sid) => directory.account(sid)?.status === 'active');
}
