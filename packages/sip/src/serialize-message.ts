import { SipParseError } from './errors.js';
import type { SipMessage } from './message.js';

/** @throws UnsafeValueError */
export function serializeMessage(message: SipMessage): Buffer {
  throw new SipParseError(`not there yet ${message.kind}`);
}
