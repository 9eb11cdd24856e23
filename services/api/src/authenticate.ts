import { isSid } from '@trunkline/contracts';
import type { AccountBook, KnownAccount } from './accounts/account-book.js';
import {
  AccountInactiveError,
  ForbiddenError,
  NotFoundError,
  TryAgainError,
  UnauthorizedError,
} from './errors.js';
import type { Caller, Operation } from './operation.js';

/**
 * Whom an Authorization header speaks for (HTTP Basic, RFC 7617): an account's Sid or email with one of its tokens, or the
 * Sid of an API key with its secret. What is not known here is looked for in the database once.
 * @throws UnauthorizedError, AccountInactiveError, TryAgainError while accounts are not known yet
 */
export async function authenticate(header: string | undefined, book: AccountBook): Promise<Caller> {
  const credentials = readBasic(header);
  if (!credentials) {
    throw new UnauthorizedError(
      "Authenticate with HTTP Basic: the account's Sid or email and its token, or an API key and its secret",
    );
  }
  const { login, token } = credentials;
  let caller = book.authenticate(login, token);
  if (!caller && (await seek(login, book))) caller = book.authenticate(login, token);
  if (!caller) {
    if (!book.isLoaded()) throw new TryAgainError('Accounts are not known yet: try again', RETRY_SECONDS);
    throw new UnauthorizedError("The account's Sid or email, or its token, is wrong");
  }
  refuseInactive(caller.account, book);
  return caller;
}

/**
 * The account that is meant by what stands in the path: the caller's own (its Sid or its email), or one below it (its
 * Sid).
 * @throws ForbiddenError when it is somebody else's, NotFoundError when there is none
 */
export async function authorizePath(
  caller: Caller,
  pathAccount: string,
  book: AccountBook,
): Promise<KnownAccount> {
  const asked = pathAccount.toLowerCase();
  const own = caller.account;
  if (asked === own.sid.toLowerCase() || asked === own.email.toLowerCase()) return own;
  if (!isSid('AC', pathAccount)) throw new NotFoundError('There is no such account');
  if (!book.find(pathAccount)) await seek(pathAccount, book);
  const found = book.find(pathAccount);
  if (!found) throw new NotFoundError('There is no such account');
  if (!book.isBelow(found, own)) throw new ForbiddenError(`Account ${found.sid} is not yours`);
  return found;
}

/**
 * Whether the caller may do this to the account, which `authorizePath` gave or which is its own. An account that is
 * suspended or closed is still read, and managed, by those above it, and its calls are ended and deleted; nothing else.
 * @throws ForbiddenError, AccountInactiveError
 */
export function authorizeUse(
  caller: Caller,
  account: KnownAccount,
  { needs, evenInactive = false }: Pick<Operation, 'needs' | 'evenInactive'>,
  book: AccountBook,
): void {
  if (needs === 'manage' && !caller.isPrimary) {
    throw new ForbiddenError('Only the primary token of the account, or of one above it, may do this');
  }
  if (needs === 'write' && caller.scope === 'read') throw new ForbiddenError('This API key may only read');
  if (needs === 'write' && !evenInactive && account !== caller.account) refuseInactive(account, book);
}

/** Without the database, a login that is not known here may still be right. */
async function seek(login: string, book: AccountBook): Promise<boolean> {
  try {
    return await book.seek(login);
  } catch (cause) {
    if (book.knows(login)) return false;
    throw new TryAgainError('Accounts cannot be looked up just now: try again', RETRY_SECONDS, { cause });
  }
}

function refuseInactive(account: KnownAccount, book: AccountBook): void {
  const inactive = book.inactive(account);
  if (inactive) throw new AccountInactiveError(`Account ${inactive.sid} is ${inactive.status}`);
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
