import { isSid } from '@trunkline/contracts';
import type { AccountBook, KnownAccount } from './accounts/account-book.js';
import { ForbiddenError, NotFoundError, TryAgainError, UnauthorizedError } from './errors.js';

/**
 * The account that an Authorization header speaks for (HTTP Basic, RFC 7617): its Sid or its email, and its token.
 * @throws UnauthorizedError, ForbiddenError when it is not active, TryAgainError while accounts are not known yet
 */
export function authenticate(header: string | undefined, book: AccountBook): KnownAccount {
  const credentials = readBasic(header);
  if (!credentials) {
    throw new UnauthorizedError("Authenticate with HTTP Basic: the account's Sid or email, and its token");
  }
  const account = book.authenticate(credentials.login, credentials.token);
  if (!account) {
    if (!book.isLoaded()) throw new TryAgainError('Accounts are not known yet: try again', RETRY_SECONDS);
    throw new UnauthorizedError("The account's Sid or email, or its token, is wrong");
  }
  if (account.status !== 'active') throw new ForbiddenError(`Account ${account.sid} is ${account.status}`);
  return account;
}

/**
 * Whether the account may use a path with this account in it: its own Sid or email, and no other.
 * @throws ForbiddenError or NotFoundError
 */
export function authorizePath(account: KnownAccount, pathAccount: string, book: AccountBook): void {
  const asked = pathAccount.toLowerCase();
  if (asked === account.sid.toLowerCase() || asked === account.email.toLowerCase()) return;
  if (isSid('AC', pathAccount) && book.find(pathAccount)) {
    throw new ForbiddenError(`Account ${pathAccount} is not yours`);
  }
  throw new NotFoundError('There is no such account');
}

const RETRY_SECONDS = 2;
/** Far above any Sid or email with a token. */
const MAX_HEADER_LENGTH = 2048;

function readBasic(header: string | undefined): { login: string; token: string } | null {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return null;
  const encoded = /^Basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(header)?.[1];
  if (encoded === undefined) return null;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 1 ? null : { login: decoded.slice(0, colon), token: decoded.slice(colon + 1) };
}
