import {
  DIALERS_BUCKET,
  FENCES_BUCKET,
  FENCES_TTL_MS,
  fenceSchema,
  LEASE_TTL_MS,
  LIVE_CALLS_BUCKET,
  leaseSchema,
  liveCallSchema,
} from '@trunkline/contracts';
import type { JetStreamClient, JetStreamManager } from 'nats';
import type { Bus, BusOptions } from './bus.js';
import { consumeBatches } from './consume-batches.js';
import { consumeEach } from './consume-each.js';
import { requestEndCall, serveEndCall } from './end-call.js';
import { bucketStream, ensureStream, eventStream } from './ensure-stream.js';
import { createFences } from './fences.js';
import { bindBucket, JsonBucket, type Schema } from './json-bucket.js';
import { createLeases } from './leases.js';
import { type Link, openLink } from './link.js';
import { createLiveCalls } from './live-calls.js';
import { createNames, type Names } from './names.js';
import { createOutbox } from './outbox.js';
import { publishEvent } from './publish-event.js';
import { createRetry } from './retry.js';

const REQUEST_TIMEOUT_MS = 5_000;
const DAY_MS = 24 * 3_600_000;
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
  const consuming = { link, manager, stream: names.stream, onError };
  const closing = new Set<{ close(): Promise<void> }>();
  const keep = <T extends { close(): Promise<void> }>(consumer: T): T => {
    closing.add(consumer);
    return consumer;
  };
  return {
    isConnected: () => link.isConnected(),
    waitUntilConnected: (timeoutMs) => link.waitUntilConnected(timeoutMs),
    publish,
    createOutbox: (outbox) => createOutbox({ publish, waitUntilConnected: link.waitUntilConnected }, outbox),
    consumeBatches: async (consume) => keep(await consumeBatches(consuming, consume)),
    consumeEach: async (consume) => keep(await consumeEach(consuming, consume)),
    publishNote: () => notYet(),
    consumeNotes: () => notYet(),
    followEvents: () => notYet(),
    directory: { put: notYet, remove: notYet, list: notYet, watch: notYet },
    createKeys: { claim: notYet },
    fences: createFences(link, await open(FENCES_BUCKET, fenceSchema)),
    leases: createLeases(await open(DIALERS_BUCKET, leaseSchema)),
    liveCalls: createLiveCalls(await open(LIVE_CALLS_BUCKET, liveCallSchema)),
    requestEndCall: (dialerId, command) => requestEndCall(link, names.endCall(dialerId), command),
    serveEndCall: (dialerId, handler) => serveEndCall(link, names.endCall(dialerId), { handler, onError }),
    close: async () => {
      await Promise.all([...closing].map((consumer) => consumer.close()));
      await link.close();
    },
  };
}

function notYet(): never {
  throw new Error('not yet');
}

async function ensureStreams(manager: JetStreamManager, names: Names, options: BusOptions): Promise<void> {
  const maxAgeMs = options.eventsMaxAgeMs ?? EVENTS_MAX_AGE_MS;
  await Promise.all([
    ensureStream(manager, eventStream(names.stream, names.streamSubjects, maxAgeMs)),
    ensureStream(manager, bucketStream(names.bucket(FENCES_BUCKET), FENCES_TTL_MS)),
    ensureStream(manager, bucketStream(names.bucket(DIALERS_BUCKET), LEASE_TTL_MS)),
    ensureStream(manager, bucketStream(names.bucket(LIVE_CALLS_BUCKET), 0)),
  ]);
}

function opener(from: {
  link: Link;
  jetStream: JetStreamClient;
  manager: JetStreamManager;
  names: Names;
  onError: (error: Error) => void;
}) {
  return async <T>(bucket: string, schema: Schema<T>): Promise<JsonBucket<T>> => {
    const name = from.names.bucket(bucket);
    return new JsonBucket({ ...from, name, schema, kv: await bindBucket(from.jetStream, name) });
  };
}
