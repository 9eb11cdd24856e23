import { type CallEvent, type CallNote, callEventSchema, callNoteSchema } from '@trunkline/contracts';
import { parseJson, type Schema } from './json-bucket.js';
import type { PulledMessage } from './pulled-message.js';

/** What the messages of a stream are. */
export interface MessageKind<T> {
  name: string;
  schema: Schema<T>;
}

export const EVENTS: MessageKind<CallEvent> = { name: 'event', schema: callEventSchema };
export const NOTES: MessageKind<CallNote> = { name: 'note', schema: callNoteSchema };

/** What is in a message, or null when that is not of its kind: that is reported, and does not come again. */
export function decodeMessage<T>(
  message: PulledMessage,
  kind: MessageKind<T>,
  onPoison: (raw: string, error: Error) => void,
): T | null {
  const raw = message.text();
  try {
    return parseJson(`${kind.name} ${message.streamSequence}`, raw, kind.schema);
  } catch (error) {
    onPoison(raw, error as Error);
    message.drop();
    return null;
  }
}
