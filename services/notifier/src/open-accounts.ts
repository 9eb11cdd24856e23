import type { Bus } from '@trunkline/bus';
import { createSealer, type Directory, openDirectory } from '@trunkline/directory';
import { connectWithRetry, type Logger } from '@trunkline/runtime';
import { AccountsUnknownError } from './errors.js';

/** Whose tokens sign callbacks. */
export type Accounts = Pick<Directory, 'tokenOf' | 'stop'>;

export interface AccountsOptions {
  bus: Pick<Bus, 'directory'>;
  /** Undefined: nothing can be signed, and nothing is waited for. */
  secretKey: string | undefined;
  log: Logger;
}

const COMPLAIN_MS = 10_000;

/**
 * Resolves when every account is known, however long that takes: a callback without its signature is a forgery to those
 * who verify.
 */
export async function openAccounts({ bus, secretKey, log }: AccountsOptions): Promise<Accounts> {
  if (secretKey === undefined) {
    log.warn('SECRET_KEY is not set: callbacks are not signed');
    return { tokenOf: () => null, stop: () => {} };
  }
  const sealer = createSealer(secretKey);
  const onError = (err: Error) =>
    log.error({ err }, 'the token of an account cannot be opened: its callbacks are not signed');
  const open = () => openDirectory({ source: bus.directory, sealer, onError });
  const directory = await connectWithRetry('the accounts', open, { log });
  const waitUntilKnown = async () => {
    if (!(await directory.whenReady(COMPLAIN_MS))) throw new AccountsUnknownError();
  };
  await connectWithRetry('the accounts', waitUntilKnown, { log });
  return directory;
}
