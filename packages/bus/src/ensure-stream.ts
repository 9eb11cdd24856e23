import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';
import { JS_ERROR, jsErrorCode } from './nats-error.js';

const DUPLICATE_WINDOW_MS = 2 * 60_000;
/** Far above any event: the API takes bodies of 64 KB. */
const MAX_EVENT_BYTES = 1_048_576;

/** The settings of a stream of events when it is created. */
export function eventStream(name: string, subjects: string, maxAgeMs: number): Partial<StreamConfig> {
  return {
    name,
    subjects: [subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(maxAgeMs),
    max_msg_size: MAX_EVENT_BYTES,
    duplicate_window: nanos(Math.min(DUPLICATE_WINDOW_MS, maxAgeMs)),
    num_replicas: 1,
  };
}

const NOTES_MAX_AGE_MS = 3 * 24 * 3_600_000;
const NOTES_MAX_BYTES = 1_073_741_824;
const NOTES_LEAST_BYTES = 16_777_216;

/**
 * Creates the stream of notes where it is missing. What it may hold is set aside by the server, so where that is too
 * much for what the server has left, it is less.
 */
export async function ensureNoteStream(
  manager: JetStreamManager,
  name: string,
  subjects: string,
): Promise<void> {
  for (let maxBytes = NOTES_MAX_BYTES; ; maxBytes /= 2) {
    try {
      return await ensureStream(manager, {
        ...eventStream(name, subjects, NOTES_MAX_AGE_MS),
        max_bytes: maxBytes,
      });
    } catch (error) {
      if (maxBytes <= NOTES_LEAST_BYTES || !NO_ROOM.has(jsErrorCode(error))) throw error;
    }
  }
}

const NO_ROOM = new Set<number | null>([
  JS_ERROR.accountResources,
  JS_ERROR.resources,
  JS_ERROR.storageResources,
]);

/**
 * The settings of a KV bucket when it is created, as NATS defines them (ADR-8). Reads go to the leader and not to any
 * replica (`allow_direct` off), since a compare-and-set that follows a stale read fails for nothing.
 * @param ttlMs 0 keeps values for ever
 */
export function bucketStream(bucket: string, ttlMs: number): Partial<StreamConfig> {
  return {
    name: `KV_${bucket}`,
    subjects: [`$KV.${bucket}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: 1,
    max_age: nanos(ttlMs),
    allow_rollup_hdrs: true,
    allow_direct: false,
    num_replicas: 1,
  };
}

/** The settings of a shared consumer when it is created: every event from the first, until it is acknowledged. */
export function durableConsumer(durable: string, ackWaitMs: number): Partial<ConsumerConfig> {
  return {
    durable_name: durable,
    deliver_policy: DeliverPolicy.All,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
    // Each process bounds its own; a bound here would let one that hangs stop the others.
    max_ack_pending: -1,
  };
}

/** How a consumer that nobody shares begins: at a place, at a time, at the next message, or at the first. */
export type StartAt = { sequence: number } | { time: Date } | 'new' | 'first';

/**
 * The settings of a consumer that one process has for itself, in the server's memory, without acknowledging; gone when
 * nothing was asked of it for `idleMs`.
 */
export function privateConsumer(subjects: string, start: StartAt, idleMs: number): Partial<ConsumerConfig> {
  return {
    filter_subject: subjects,
    ack_policy: AckPolicy.None,
    inactive_threshold: nanos(idleMs),
    mem_storage: true,
    num_replicas: 1,
    ...startConfig(start),
  };
}

function startConfig(start: StartAt): Partial<ConsumerConfig> {
  if (start === 'new') return { deliver_policy: DeliverPolicy.New };
  if (start === 'first') return { deliver_policy: DeliverPolicy.All };
  return 'time' in start
    ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: start.time.toISOString() }
    : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.sequence };
}

/** Creates the stream where it is missing. One that exists stays as its operator set it. */
export async function ensureStream(manager: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  if (!(await exists(manager, config.name as string))) await addStream(manager, config);
}

async function exists(manager: JetStreamManager, name: string): Promise<boolean> {
  try {
    await manager.streams.info(name);
    return true;
  } catch (error) {
    if (jsErrorCode(error) !== JS_ERROR.streamNotFound) throw error;
    return false;
  }
}

async function addStream(manager: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  try {
    await manager.streams.add(config);
  } catch (error) {
    const code = jsErrorCode(error);
    // Another process, maybe of another version, was faster.
    if (code === JS_ERROR.streamNameTaken) return;
    // So it can be here: the server takes the same stream, half made, for one whose subjects are in our way.
    if (code === JS_ERROR.subjectsOverlap && (await exists(manager, config.name as string))) return;
    throw error;
  }
}

/** Creates the consumer where it is missing, and tells how far it is. */
export async function ensureConsumer(
  manager: JetStreamManager,
  stream: string,
  config: Partial<ConsumerConfig>,
): Promise<ConsumerInfo> {
  const name = config.durable_name as string;
  try {
    return await manager.consumers.info(stream, name);
  } catch (error) {
    if (jsErrorCode(error) !== JS_ERROR.consumerNotFound) throw error;
    return await addConsumer(manager, stream, config);
  }
}

async function addConsumer(
  manager: JetStreamManager,
  stream: string,
  config: Partial<ConsumerConfig>,
): Promise<ConsumerInfo> {
  try {
    return await manager.consumers.add(stream, config);
  } catch (error) {
    const code = jsErrorCode(error);
    if (code !== JS_ERROR.consumerNameTaken && code !== JS_ERROR.consumerExists) throw error;
    return await manager.consumers.info(stream, config.durable_name as string);
  }
}
