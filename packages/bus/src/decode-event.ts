import { type CallEvent, callEventSchema } from '@trunkline/contracts';
import { parseJson } from './json-bucket.js';
import type { PulledMessage } from './pulled-message.js';

/** The event in a message, or null for one that is none: that is reported, and does not come again. */
export function decodeEvent(
  message: PulledMessage,
  onPoison: (raw: string, error: Error) => void,
): CallEvent | null {
  const raw = message.text();
  try {
    return parseJson(`event ${message.streamSequence}`, raw, callEventSchema);
  } catch (error) {
    onPoison(raw, error as Error);
    message.drop();
    return null;
  }
}
