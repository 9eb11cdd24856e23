import { SealError } from '@trunkline/directory';
import type { Account } from '@trunkline/store';
import type { Caller } from '../operation.js';
import type { AccountPorts } from './account-ports.js';
import type { ShownAccount } from './account-resource.js';

/**
 * An account as this caller sees it: its token only with the primary token of its own or of an account above it, which
 * the caller's is, or the account would not be shown at all. The second token, which may be the one that leaked, and API
 * keys see none; and nobody sees one that was sealed with another key, and is good for nothing.
 */
export function showAccount(
  { sealer }: Pick<AccountPorts, 'sealer'>,
  { isPrimary }: Pick<Caller, 'isPrimary'>,
  account: Account,
): ShownAccount {
  return { account, token: isPrimary ? openToken(sealer, account) : null };
}

function openToken(sealer: AccountPorts['sealer'], { authTokenSealed, sid }: Account): string | null {
  try {
    return sealer.open(authTokenSealed, sid);
  } catch (error) {
    if (error instanceof SealError) return null;
    throw error;
  }
}
