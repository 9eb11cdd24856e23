import type { CallEvent } from '@trunkline/contracts';
import type { JetStreamClient } from 'nats';
import { encode } from './json-bucket.js';
import type { Link } from './link.js';
import type { Names } from './names.js';

/** Longer than a busy server takes, shorter than a client waits. */
const PUBLISH_TIMEOUT_MS = 5_000;

/** Puts an event on the stream. Its id lets the stream drop a second copy within the duplicate window. */
export async function publishEvent(
  to: { link: Link; jetStream: JetStreamClient; names: Names },
  event: CallEvent,
): Promise<void> {
  await to.link.ask(`publish ${event.id}`, () =>
    to.jetStream.publish(to.names.eventSubject(event), encode(event), {
      msgID: event.id,
      timeout: PUBLISH_TIMEOUT_MS,
    }),
  );
}
