import { createHmac } from 'node:crypto';
import type { Directory, Sealer } from '@trunkline/directory';
import type { FirstAccount } from '@trunkline/store';
import type { ApiConfig } from '../config.js';
import { digestToken, type KnownAccount } from './account-book.js';

export interface FirstAccountOptions {
  config: Pick<ApiConfig, 'SECRET_KEY' | 'firstAccount'>;
  sealer: Sealer;
  /** What the cluster knows already. */
  directory: Pick<Directory, 'account'>;
}

/**
 * The account of the environment, as it is stored. The mark says which token this is without telling it: the database
 * takes each token of the environment once, so that a rotation is not undone by a restart with the old one.
 */
export function storedFirstAccount({ config, sealer }: FirstAccountOptions): FirstAccount | null {
  const { firstAccount, SECRET_KEY } = config;
  if (!firstAccount) return null;
  const { sid, email, token } = firstAccount;
  return {
    sid,
    email,
    friendlyName: email,
    authTokenSealed: sealer.seal(token, sid),
    environmentMark: createHmac('sha256', SECRET_KEY).update(`first account ${sid} ${token}`).digest(),
  };
}

/**
 * The account of the environment as it is used before the database is there: with the token, and the status, that the
 * cluster knows of, and with those of the environment when there is none yet.
 */
export function knownFirstAccount(options: FirstAccountOptions): KnownAccount | null {
  const { firstAccount } = options.config;
  if (!firstAccount) return null;
  const { sid, email } = firstAccount;
  const entry = options.directory.account(sid);
  const token = (entry && openToken(options.sealer, entry)) ?? firstAccount.token;
  return {
    sid,
    parentSid: null,
    email,
    friendlyName: email,
    status: entry?.status ?? 'active',
    currency: entry?.currency ?? 'USD',
    authTokenSealed: options.sealer.seal(token, sid),
    secondaryTokenSealed: null,
    secondaryExpires: null,
    requestsPerSecond: null,
    concurrentCalls: null,
    dateCreated: BEFORE_ALL,
    dateUpdated: BEFORE_ALL,
    tokenDigest: digestToken(token),
    secondaryDigest: null,
  };
}

/** Whatever the database says is newer. */
const BEFORE_ALL = '1970-01-01T00:00:00.000Z';

function openToken(sealer: Sealer, entry: { sid: string; authTokenSealed: string }): string | null {
  try {
    return sealer.open(Buffer.from(entry.authTokenSealed, 'base64'), entry.sid);
  } catch {
    return null;
  }
}
