import type { CallEvent, CallNote } from '@trunkline/contracts';
import type { JetStreamClient } from 'nats';
import { encode } from './json-bucket.js';
import type { Link } from './link.js';
import type { Names } from './names.js';

/** Longer than a busy server takes, shorter than a client waits. */
const PUBLISH_TIMEOUT_MS = 5_000;

interface Target {
  link: Link;
  jetStream: JetStreamClient;
  names: Names;
}

/** Puts an event on the stream. Its id lets the stream drop a second copy within the duplicate window. */
export async function publishEvent({ link, jetStream, names }: Target, event: CallEvent): Promise<void> {
  const options = { msgID: event.id, timeout: PUBLISH_TIMEOUT_MS };
  await link.ask(`publish ${event.id}`, () =>
    jetStream.publish(names.eventSubject(event), encode(event), options),
  );
}

/** Puts a note on its stream. Readers tell a second copy by its id. */
export async function publishNote({ link, jetStream, names }: Target, note: CallNote): Promise<void> {
  await link.ask(`publish note ${note.id}`, () =>
    jetStream.publish(names.noteSubject(note), encode(note), { timeout: PUBLISH_TIMEOUT_MS }),
  );
}
