import {
  CREATE_KEYS_BUCKET,
  CREATE_KEYS_TTL_MS,
  createKeySchema,
  DIALERS_BUCKET,
  DIRECTORY_BUCKET,
  directoryEntrySchema,
  FENCES_BUCKET,
  FENCES_TTL_MS,
  fenceSchema,
  HOLD_TTL_MS,
  HOLDS_BUCKET,
  holdSchema,
  LEASE_TTL_MS,
  LIVE_CALLS_BUCKET,
  LOCATIONS_BUCKET,
  LOCATIONS_TTL_MS,
  leaseSchema,
  liveCallSchema,
  locationSchema,
} from '@trunkline/contracts';
import type { JetStreamClient, JetStreamManager } from 'nats';
import type { Bus, BusOptions, DirectoryBucket } from './bus.js';
import { consumeBatches } from './consume-batches.js';
import { consumeEach } from './consume-each.js';
import { createCreateKeys } from './create-keys.js';
import { EVENTS, NOTES } from './decode-message.js';
import { createDirectory } from './directory.js';
import { requestEndCall, serveEndCall } from './end-call.js';
import { bucketStream, ensureNoteStream, ensureStream, eventStream } from './ensure-stream.js';
import { createFences } from './fences.js';
import { followEvents } from './follow-events.js';
import { createHolds } from './holds.js';
import { bindBucket, JsonBucket, type Schema } from './json-bucket.js';
import { createLeases } from './leases.js';
import { type Link, openLink } from './link.js';
import { createLiveCalls } from './live-calls.js';
import { createLocations } from './locations.js';
import { createNames, type Names } from './names.js';
import { NoteBox } from './note-box.js';
import { createOutbox } from './outbox.js';
import { publishEvent, publishNote } from './publish-event.js';
import { createRetry } from './retry.js';
import { watchBucket } from './watch-bucket.js';

const REQUEST_TIMEOUT_MS = 5_000;
const DAY_MS = 24 * 3_600_000;
/** How long closing waits for notes, which may be lost. */
const NOTES_CLOSE_MS = 1_000;
const EVENTS_MAX_AGE_MS = 7 * DAY_MS;

/**
 * Connects, and creates the stream and the buckets where they are missing. Once connected it reconnects for ever, and
 * creates them again when the server has lost them.
 * @throws BusUnavailableError when the server cannot be reached, or does not let us in
 * @throws BusRefusedError when the URL or the namespace cannot be
 */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const names = createNames(options.namespace);
  const link = await openLink(options.url, options.name);
  try {
    return await buildBus(link, names, options);
  } catch (error) {
    await link.close();
    throw error;
  }
}

async function buildBus(link: Link, names: Names, options: BusOptions): Promise<Bus> {
  const onError = options.onError ?? (() => {});
  const jetStream = link.nats.jetstream({ timeout: REQUEST_TIMEOUT_MS });
  const manager = await link.nats.jetstreamManager({ timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
  const prepare = () => link.ask('prepare the streams', () => ensureStreams(manager, names, options));
  await prepare();
  const prepareAgain = createRetry({ attempt: prepare, isWanted: () => link.isConnected(), onError });
  link.onChange((up) => {
    options.onConnection?.(up);
    // A server that was replaced has no streams; one that was only away still has them.
    if (up) prepareAgain();
  });
  const open = opener({ link, jetStream, manager, names, onError });
  const publish: Bus['publish'] = (event) => publishEvent({ link, jetStream, names }, event);
  const { waitUntilConnected } = link;
  const notes = new NoteBox({
    publish: (note) => publishNote({ link, jetStream, names }, note),
    waitUntilConnected,
    onError,
  });
  const events = { link, manager, stream: names.stream, onError };
  const owned = new Owned();
  return {
    isConnected: () => link.isConnected(),
    waitUntilConnected,
    publish,
    createOutbox: (outbox) => createOutbox({ publish, waitUntilConnected }, outbox),
    consumeBatches: async (consume) => owned.keep(await consumeBatches(events, EVENTS, consume)),
    consumeEach: async (consume) => owned.keep(await consumeEach(events, consume)),
    publishNote: (note) => notes.publish(note),
    consumeNotes: async (consume) =>
      owned.keep(await consumeBatches({ ...events, stream: names.notesStream }, NOTES, consume)),
    followEvents: async (follow) => {
      const subjects = names.accountSubjects(follow.accountSid);
      const follower = owned.keep(await followEvents({ ...events, subjects }, follow));
      void follower.ended.then(() => owned.letGo(follower));
      return follower;
    },
    directory: await openDirectory(link, open, { owned, onError }),
    createKeys: createCreateKeys(link, await open(CREATE_KEYS_BUCKET, createKeySchema)),
    fences: createFences(link, await open(FENCES_BUCKET, fenceSchema)),
    leases: createLeases(await open(DIALERS_BUCKET, leaseSchema)),
    liveCalls: createLiveCalls(await open(LIVE_CALLS_BUCKET, liveCallSchema)),
    locations: createLocations(await open(LOCATIONS_BUCKET, locationSchema)),
    holds: createHolds(await open(HOLDS_BUCKET, holdSchema)),
    requestEndCall: (dialerId, command) => requestEndCall(link, names.endCall(dialerId), command),
    serveEndCall: (dialerId, handler) => serveEndCall(link, names.endCall(dialerId), { handler, onError }),
    close: async () => {
      await Promise.all([owned.close(), notes.close(link.isConnected() ? NOTES_CLOSE_MS : 0)]);
      await link.close();
    },
  };
}

/** What lives until the bus is closed, or ended before. */
class Owned {
  readonly #members = new Set<{ close(): Promise<void> }>();

  keep<T extends { close(): Promise<void> }>(member: T): T {
    this.#members.add(member);
    return member;
  }

  letGo(member: { close(): Promise<void> }): void {
    this.#members.delete(member);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.close()));
  }
}

async function openDirectory(
  link: Link,
  open: Open,
  { owned, onError }: { owned: Owned; onError: (error: Error) => void },
): Promise<DirectoryBucket> {
  const bucket = await open(DIRECTORY_BUCKET, directoryEntrySchema);
  return createDirectory({
    bucket,
    onError,
    watch: async (handlers) => {
      const watch = await watchBucket({ link, bucket, onError, ...handlers });
      const member = owned.keep({ close: async () => watch.stop() });
      return {
        stop: () => {
          owned.letGo(member);
          watch.stop();
        },
      };
    },
  });
}

async function ensureStreams(manager: JetStreamManager, names: Names, options: BusOptions): Promise<void> {
  const maxAgeMs = options.eventsMaxAgeMs ?? EVENTS_MAX_AGE_MS;
  await Promise.all([
    ensureStream(manager, eventStream(names.stream, names.streamSubjects, maxAgeMs)),
    ensureNoteStream(manager, names.notesStream, names.noteSubjects),
    ensureStream(manager, bucketStream(names.bucket(DIRECTORY_BUCKET), 0)),
    ensureStream(manager, bucketStream(names.bucket(CREATE_KEYS_BUCKET), CREATE_KEYS_TTL_MS)),
    ensureStream(manager, bucketStream(names.bucket(FENCES_BUCKET), FENCES_TTL_MS)),
    ensureStream(manager, bucketStream(names.bucket(DIALERS_BUCKET), LEASE_TTL_MS)),
    ensureStream(manager, bucketStream(names.bucket(LIVE_CALLS_BUCKET), 0)),
    ensureStream(manager, bucketStream(names.bucket(LOCATIONS_BUCKET), LOCATIONS_TTL_MS)),
    ensureStream(manager, bucketStream(names.bucket(HOLDS_BUCKET), HOLD_TTL_MS)),
  ]);
}

type Open = <T>(bucket: string, schema: Schema<T>) => Promise<JsonBucket<T>>;

function opener(from: {
  link: Link;
  jetStream: JetStreamClient;
  manager: JetStreamManager;
  names: Names;
  onError: (error: Error) => void;
}): Open {
  return async (bucket, schema) => {
    const name = from.names.bucket(bucket);
    return new JsonBucket({ ...from, name, schema, kv: await bindBucket(from.jetStream, name) });
  };
}
