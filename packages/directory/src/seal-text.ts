import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { SealError } from './errors.js';

/**
 * Seals secrets for the database and the bus, and opens them. Each is bound to what it belongs to (an account's or a
 * call's Sid, say): a seal is worthless anywhere else.
 */
export interface Sealer {
  seal(text: string, context: string): Buffer;
  /** @throws SealError when it was sealed with another key, for something else, or was changed */
  open(sealed: Buffer, context: string): string;
}

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;
const KEY_BYTES = 32;
/** Not a secret: it keeps the key apart from keys that other programs derive from the same text. */
const SALT = 'trunkline account tokens';

/**
 * Derives the key once (scrypt, RFC 7914: some 50 ms) and seals with AES-256-GCM (NIST SP 800-38D). A sealed text is a
 * format byte, 12 bytes nonce, 16 bytes tag, and the cipher text.
 */
export function createSealer(secretKey: string): Sealer {
  const key = scryptSync(secretKey, SALT, KEY_BYTES);
  return {
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), sealed]);
    },
    open(sealed, context) {
      if (sealed.length < HEADER_BYTES || sealed[0] !== FORMAT) throw new SealError('This is no sealed text');
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const tag = sealed.subarray(1 + NONCE_BYTES, HEADER_BYTES);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
        const text = Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES)), decipher.final()]);
        return text.toString('utf8');
      } catch (cause) {
        throw new SealError('It cannot be opened: was it sealed with another SECRET_KEY?', { cause });
      }
    },
  };
}
