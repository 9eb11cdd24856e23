import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { SealError } from '../errors.js';

/** Seals tokens for the database, and opens them. Each is bound to its account: a row's seal is worthless in another row. */
export interface TokenSealer {
  seal(token: string, accountSid: string): Buffer;
  /** @throws SealError when it was sealed with another key, for another account, or was changed */
  open(sealed: Buffer, accountSid: string): string;
}

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;
const KEY_BYTES = 32;
/** Not a secret: it keeps the key apart from keys that other programs derive from the same text. */
const SALT = 'trunkline account tokens';

/**
 * Derives the key once (scrypt, RFC 7914: some 50 ms) and seals with AES-256-GCM (NIST SP 800-38D). A sealed token is a
 * format byte, 12 bytes nonce, 16 bytes tag, and the cipher text.
 */
export function createTokenSealer(secretKey: string): TokenSealer {
  const key = scryptSync(secretKey, SALT, KEY_BYTES);
  return {
    seal(token, accountSid) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(accountSid));
      const text = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), text]);
    },
    open(sealed, accountSid) {
      if (sealed.length < HEADER_BYTES || sealed[0] !== FORMAT)
        throw new SealError('This is no sealed token');
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const tag = sealed.subarray(1 + NONCE_BYTES, HEADER_BYTES);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(accountSid)).setAuthTag(tag);
        return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES)), decipher.final()]).toString(
          'utf8',
        );
      } catch (cause) {
        throw new SealError('The token cannot be opened: was it sealed with another SECRET_KEY?', { cause });
      }
    },
  };
}
