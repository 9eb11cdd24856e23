import type { Sealer } from './seal-text.js';

/** A secret as it travels: sealed for whoever it belongs to. */
export interface SealedSecret {
  /** What it is sealed for: of an account, a trunk, a client. */
  sid: string;
  /** In base64; null: there is none. */
  sealed: string | null;
}

/** Tokens and passwords in the clear: each is opened once, when it is first asked for. */
export class SecretBook {
  readonly #sealer: Sealer | null;
  readonly #onError: (error: Error) => void;
  /** By Sid; null is one that cannot be opened. `sealed` tells whether it is still that one. */
  readonly #opened = new Map<string, { sealed: string; secret: string | null }>();

  constructor(sealer: Sealer | null, onError: (error: Error) => void) {
    this.#sealer = sealer;
    this.#onError = onError;
  }

  open({ sid, sealed }: SealedSecret): string | null {
    if (sealed === null || !this.#sealer) return null;
    const known = this.#opened.get(sid);
    if (known?.sealed === sealed) return known.secret;
    const secret = this.#unseal(this.#sealer, sid, sealed);
    this.#opened.set(sid, { sealed, secret });
    return secret;
  }

  forget(sid: string): void {
    this.#opened.delete(sid);
  }

  #unseal(sealer: Sealer, sid: string, sealed: string): string | null {
    try {
      return sealer.open(Buffer.from(sealed, 'base64'), sid);
    } catch (error) {
      this.#onError(error as Error);
      return null;
    }
  }
}
