import type { Bus } from '@trunkline/bus';
import { createSealer, type Directory, openDirectory, type Sealer } from '@trunkline/directory';
import { connectWithRetry, type Logger } from '@trunkline/runtime';

/** What is known of accounts and rates, and what opens what was sealed. */
export interface Books {
  directory: Directory;
  /** Null without a SECRET_KEY. */
  sealer: Sealer | null;
}

export interface BooksOptions {
  bus: Pick<Bus, 'directory'>;
  secretKey: string | undefined;
  log: Logger;
  signal: AbortSignal;
}

/** Begins to read accounts and rates; whether they are all there, the directory itself says. */
export async function openBooks({ bus, secretKey, log, signal }: BooksOptions): Promise<Books> {
  const sealer = secretKey === undefined ? null : createSealer(secretKey);
  if (!sealer) log.warn('SECRET_KEY is not set: requests are not signed, and SIP passwords cannot be opened');
  const onError = (err: Error) =>
    log.error({ err }, 'the token of an account cannot be opened: its requests are not signed');
  const open = () => openDirectory({ source: bus.directory, sealer, onError });
  return { sealer, directory: await connectWithRetry('the directory', open, { log, signal }) };
}
