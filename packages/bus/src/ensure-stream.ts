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
