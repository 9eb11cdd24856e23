import type { DirectoryAccount } from '@trunkline/contracts';
import type { Sealer } from './seal-text.js';

/** Tokens in the clear: each is opened once, when it is first asked for. */
export class TokenBook {
  readonly #sealer: Sealer | null;
  readonly #onError: (error: Error) => void;
  /** By account; null is one that cannot be opened. `sealed` tells whether the account still has that one. */
  readonly #opened = new Map<string, { sealed: string; token: string | null }>();

  constructor(sealer: Sealer | null, onError: (error: Error) => void) {
    this.#sealer = sealer;
    this.#onError = onError;
  }

  open(account: DirectoryAccount | undefined): string | null {
    if (!account || !this.#sealer) return null;
    const known = this.#opened.get(account.sid);
    if (known?.sealed === account.authTokenSealed) return known.token;
    const token = this.#unseal(this.#sealer, account);
    this.#opened.set(account.sid, { sealed: account.authTokenSealed, token });
    return token;
  }

  forget(accountSid: string): void {
    this.#opened.delete(accountSid);
  }

  #unseal(sealer: Sealer, account: DirectoryAccount): string | null {
    try {
      return sealer.open(Buffer.from(account.authTokenSealed, 'base64'), account.sid);
    } catch (error) {
      this.#onError(error as Error);
      return null;
    }
  }
}
