import type { JetStreamClient, JetStreamManager, KV, KvEntry, QueuedIterator } from 'nats';
import { StringCodec } from 'nats';
import { BusUnavailableError, MalformedMessageError } from './errors.js';
import type { Link } from './link.js';
import { JS_ERROR, jsErrorCode } from './nats-error.js';

/** How long a list may stand still. */
const LIST_STALL_MS = 5_000;
const utf8 = StringCodec();

/** What a schema of contracts can do here. */
export interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error };
}

export interface Stored<T> {
  key: string;
  value: T;
  revision: number;
}

/** A KV bucket whose values are JSON of one schema. Values are checked when read; what we write is typed. */
export class JsonBucket<T> {
  readonly #link: Link;
  readonly #kv: KV;
  readonly #manager: JetStreamManager;
  readonly #name: string;
  readonly #schema: Schema<T>;
  readonly #onError: (error: Error) => void;

  constructor(options: {
    link: Link;
    kv: KV;
    manager: JetStreamManager;
    name: string;
    schema: Schema<T>;
    onError: (error: Error) => void;
  }) {
    this.#link = options.link;
    this.#kv = options.kv;
    this.#manager = options.manager;
    this.#name = options.name;
    this.#schema = options.schema;
    this.#onError = options.onError;
  }

  /** @throws MalformedMessageError when the value is not of the schema */
  async get(key: string): Promise<Stored<T> | null> {
    const entry = await this.#link.ask(`read ${this.#name} ${key}`, () => this.#kv.get(key));
    return entry && isValue(entry) ? this.#read(entry) : null;
  }

  async put(key: string, value: T): Promise<number> {
    return this.#link.ask(`write ${this.#name} ${key}`, () => this.#kv.put(key, encode(value)));
  }

  /** The new revision, or null when the key did not have that revision; 0 is for a key that is not there. */
  async putAt(key: string, value: T, revision: number): Promise<number | null> {
    return this.#link.ask(`write ${this.#name} ${key}`, async () => {
      try {
        return await this.#kv.put(key, encode(value), { previousSeq: revision });
      } catch (error) {
        if (jsErrorCode(error) === JS_ERROR.wrongLastSequence) return null;
        throw error;
      }
    });
  }

  /** Leaves a marker, which goes with the bucket's TTL. */
  async remove(key: string): Promise<void> {
    await this.#link.ask(`remove ${this.#name} ${key}`, () => this.#kv.delete(key));
  }

  /**
   * Removes a value without leaving a marker: in a bucket without TTL markers would pile up for ever. False when the
   * key does not have that revision any more.
   */
  async removeAt(key: string, revision: number): Promise<boolean> {
    return this.#link.ask(`remove ${this.#name} ${key}`, async () => {
      try {
        return await this.#manager.streams.deleteMessage(`KV_${this.#name}`, revision, false);
      } catch (error) {
        if (GONE.has(jsErrorCode(error))) return false;
        throw error;
      }
    });
  }

  /** Every value whose key fits; one that is not of the schema is reported and left out. */
  async list(filter = '>'): Promise<Stored<T>[]> {
    const entries = await this.#link.ask(`list ${this.#name}`, () => this.#entries(filter));
    return entries.filter(isValue).flatMap((entry) => this.readOrReport(entry));
  }

  /**
   * Every value, then every change. Without an owner that stops it, it goes on until the connection is closed.
   * @param on.onInitialized told once every value has been received, though maybe not read
   * @param on.isWanted false when nobody is there any more to stop it
   */
  async watch(on: { onInitialized: () => void; isWanted: () => boolean }): Promise<QueuedIterator<KvEntry>> {
    return this.#link.ask(`watch ${this.#name}`, async () => {
      const entries = await this.#kv.watch({ key: '>', initializedFn: on.onInitialized });
      if (!on.isWanted()) entries.stop();
      return entries;
    });
  }

  /** Removes the markers of values that were removed that long ago. */
  async removeMarkers(olderThanMs: number): Promise<void> {
    const entries = await this.#link.ask(`list ${this.#name}`, () => this.#entries('>'));
    const before = Date.now() - olderThanMs;
    for (const entry of entries) {
      if (isValue(entry) || entry.created.getTime() > before) continue;
      // This very marker, and not what may have been written after it.
      await this.removeAt(entry.key, entry.revision);
    }
  }

  /** The value of an entry; none, which is reported, when it is not of the schema. */
  readOrReport(entry: KvEntry): Stored<T>[] {
    try {
      return [this.#read(entry)];
    } catch (error) {
      this.#onError(error as Error);
      return [];
    }
  }

  async #entries(filter: string): Promise<KvEntry[]> {
    const entries: KvEntry[] = [];
    let complete = false;
    let stop = () => {};
    const initializedFn = () => {
      complete = true;
      stop();
    };
    const watch = await this.#kv.watch({ key: filter, initializedFn });
    // Not close(): it never resolves once iteration has ended.
    stop = () => watch.stop();
    if (complete) stop();
    const timer = setTimeout(stop, LIST_STALL_MS);
    try {
      for await (const entry of watch) {
        entries.push(entry);
        timer.refresh();
      }
    } finally {
      clearTimeout(timer);
    }
    if (!complete) throw new BusUnavailableError(`${this.#name} was not listed in time`);
    return entries;
  }

  #read(entry: KvEntry): Stored<T> {
    const value = parseJson(`${this.#name} ${entry.key}`, utf8.decode(entry.value), this.#schema);
    return { key: entry.key, value, revision: entry.revision };
  }
}

/** Not the marker of one that was removed. */
function isValue(entry: KvEntry): boolean {
  return entry.operation === 'PUT';
}

const GONE = new Set<number | null>([
  JS_ERROR.messageNotFound,
  JS_ERROR.messageDeleteFailed,
  JS_ERROR.sequenceNotFound,
]);

/** Reads JSON of a schema. @throws MalformedMessageError */
export function parseJson<T>(what: string, text: string, schema: Schema<T>): T {
  const result = schema.safeParse(parseText(what, text));
  if (!result.success) throw new MalformedMessageError(`${what} is malformed`, { cause: result.error });
  return result.data;
}

function parseText(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MalformedMessageError(`${what} is no JSON`, { cause: error });
  }
}

/** As the client takes it. */
export function encode(value: unknown): Uint8Array {
  return utf8.encode(JSON.stringify(value));
}

/** Binds to a bucket that exists. */
export function bindBucket(jetStream: JetStreamClient, name: string): Promise<KV> {
  return jetStream.views.kv(name, { bindOnly: true, allow_direct: false });
}
