import type { IncomingMessage } from 'node:http';
import { BodyTooLargeError, BrokenBodyError, UnsupportedMediaTypeError } from './errors.js';

/** The largest body of a request. */
const MAX_BODY_BYTES = 64 * 1024;

const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * Reads a form from a request. What counts is what arrives, not the length that was announced: reading ends with the
 * first byte too many.
 * @throws UnsupportedMediaTypeError, BodyTooLargeError or BrokenBodyError
 */
export async function readForm(incoming: IncomingMessage): Promise<URLSearchParams> {
  const { 'content-type': contentType, 'content-encoding': encoding = 'identity' } = incoming.headers;
  if (contentType !== undefined && !isForm(contentType)) throw wrongType(`not ${shown(contentType)}`);
  if (encoding.toLowerCase() !== 'identity') throw wrongType('without a Content-Encoding');
  const body = await readBody(incoming);
  if (contentType === undefined && body !== '') throw wrongType('and its Content-Type must say so');
  return new URLSearchParams(body);
}

function isForm(contentType: string): boolean {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  return type.trim() === FORM_TYPE && (charset === undefined || /^charset="?utf-?8"?$/.test(charset));
}

function wrongType(detail: string): UnsupportedMediaTypeError {
  return new UnsupportedMediaTypeError(`The body must be ${FORM_TYPE} in UTF-8, ${detail}`);
}

function shown(contentType: string): string {
  return contentType.length > 100 ? 'this' : contentType;
}

function readBody(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const settle = (error: Error | null) => {
      incoming.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      if (error) reject(error);
      else resolve(Buffer.concat(chunks).toString('utf8'));
    };
    const onData = (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else {
        incoming.pause();
        settle(new BodyTooLargeError(MAX_BODY_BYTES));
      }
    };
    const onEnd = () => settle(null);
    const onBroken = (cause?: Error) => settle(new BrokenBodyError('The body broke off', { cause }));
    incoming.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}
