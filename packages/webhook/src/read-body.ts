import { TextDecoder } from 'node:util';
import { UnusableResponseError } from './errors.js';

/**
 * Reads a response's body into text, by the charset of its content type, else UTF-8.
 * @throws UnusableResponseError when it is longer than maxBytes
 */
export async function readBody(
  chunks: AsyncIterable<Buffer>,
  contentType: string | null,
  limit: { maxBytes: number; origin: string },
): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit.maxBytes)
      throw new UnusableResponseError(`${limit.origin}: the response is longer than ${limit.maxBytes} bytes`);
    parts.push(chunk);
  }
  return decoderFor(contentType).decode(Buffer.concat(parts));
}

function decoderFor(contentType: string | null): TextDecoder {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
