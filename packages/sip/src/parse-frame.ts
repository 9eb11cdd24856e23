import { SipParseError } from './errors.js';
import { readNumber, trimSpace } from './parse-characters.js';
import { readLine, skipStartLine } from './parse-head.js';
import { answerable } from './parse-salvage.js';

/** What a stream brought. */
export type FramedItem =
  | { kind: 'message'; data: Buffer }
  /** CRLFCRLF: to be answered with CRLF (RFC 5626 §3.5.1). */
  | { kind: 'ping' }
  /** CRLF, the answer to ours. */
  | { kind: 'pong' };

/** Cuts a stream into messages. */
export interface Framer {
  /**
   * Takes what a socket read; gives what is whole with it, in order. Keep-alives in a row count once a push.
   *
   * @throws SipParseError when where the next message begins cannot be known: no Content-Length, one that is no number or
   *   given twice, a head or message over `maxBytes`. Close the connection. When whole items precede the fault they are
   *   given, and only `fault` and the next push tell of it.
   */
  push(chunk: Buffer): FramedItem[];
  /** Why the stream can be read no further; null while it can. */
  readonly fault: SipParseError | null;
  /** What waits for its rest. */
  readonly pendingBytes: number;
}

/** Reads a stream (RFC 3261 §18.3): each message ends where its Content-Length, in bytes, says. Cost grows with the bytes. */
export function createFramer(options: { maxBytes: number }): Framer {
  return new StreamFramer(options.maxBytes);
}

const CR = 0x0d;
const LF = 0x0a;
const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);
const SMALLEST = 4096;

class StreamFramer implements Framer {
  fault: SipParseError | null = null;
  pendingBytes = 0;
  /** Holds `pendingBytes`, and has room for more. */
  private held = NOTHING;
  /** So many bytes of the message that waits are known to have no end of the head. */
  private searched = 0;
  /** The bytes of the message that waits, once its head is there; 0 before. */
  private wanted = 0;

  constructor(private readonly maxBytes: number) {}

  push(chunk: Buffer): FramedItem[] {
    if (this.fault) throw this.fault;
    const data = this.pendingBytes === 0 ? chunk : this.append(chunk);
    const items: FramedItem[] = [];
    try {
      this.keep(data, this.cut(data, items));
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.fault = error;
      this.keep(NOTHING, 0);
      if (items.length === 0) throw error;
    }
    return items;
  }

  /** Adds to what waits. The room doubles, so that a byte is copied a few times only, however small the chunks. */
  private append(chunk: Buffer): Buffer {
    const bytes = this.pendingBytes + chunk.length;
    if (bytes > this.held.length) {
      const room = Math.max(bytes, this.wanted, Math.min(2 * this.held.length, this.maxBytes), SMALLEST);
      const grown = Buffer.allocUnsafeSlow(room);
      this.held.copy(grown, 0, 0, this.pendingBytes);
      this.held = grown;
    }
    chunk.copy(this.held, this.pendingBytes);
    this.pendingBytes = bytes;
    return this.held.subarray(0, bytes);
  }

  /** Keeps what is left from `from` on. What was cut off is the receiver's: never written into again. */
  private keep(data: Buffer, from: number): void {
    if (from === 0 && data.length > 0 && this.pendingBytes > 0) return;
    this.held = NOTHING;
    this.pendingBytes = 0;
    if (from < data.length) this.append(data.subarray(from));
  }

  /** Cuts off what is whole; gives where the rest begins. */
  private cut(data: Buffer, items: FramedItem[]): number {
    let from = this.cutLineBreaks(data, 0, items);
    for (let end = this.messageEnd(data, from); end !== null; end = this.messageEnd(data, from)) {
      items.push({ kind: 'message', data: data.subarray(from, end) });
      this.searched = 0;
      this.wanted = 0;
      from = this.cutLineBreaks(data, end, items);
    }
    return from;
  }

  /** Gives where a message begins, or what may become a ping. A ping in two halves that came apart counts as two pongs. */
  private cutLineBreaks(data: Buffer, from: number, items: FramedItem[]): number {
    let at = from;
    while (isLineBreak(data, at)) {
      const isPing = isLineBreak(data, at + 2);
      if (!isPing && at + 3 === data.length && data[at + 2] === CR) return at;
      note(isPing ? 'ping' : 'pong', items);
      at += isPing ? 4 : 2;
    }
    return at;
  }

  /** Where the message that begins at `from` ends; null while it is not whole. */
  private messageEnd(data: Buffer, from: number): number | null {
    if (this.wanted === 0) this.wanted = this.measure(data, from);
    return this.wanted === 0 || from + this.wanted > data.length ? null : from + this.wanted;
  }

  /** The bytes of the message, 0 while its head is not whole. */
  private measure(data: Buffer, from: number): number {
    const headEnd = data.indexOf(HEAD_END, from + this.searched);
    const bytes = headEnd < 0 ? data.length - from : headEnd - from + HEAD_END.length;
    if (bytes > this.maxBytes) throw new SipParseError('Message Too Large', null);
    if (headEnd < 0) {
      this.searched = Math.max(0, bytes - HEAD_END.length + 1);
      return 0;
    }
    return bytes + this.bodyBytes(data.toString('utf8', from, headEnd), this.maxBytes - bytes);
  }

  private bodyBytes(head: string, room: number): number {
    const written = contentLengthOf(head);
    const bytes = written === null ? null : readNumber(written, Number.MAX_VALUE);
    if (bytes === null) throw answerable(new SipParseError('No Content-Length that can be read'), head);
    if (bytes > room) throw answerable(new SipParseError('Message Too Large', 513), head);
    return bytes;
  }
}

function isLineBreak(data: Buffer, at: number): boolean {
  return data[at] === CR && data[at + 1] === LF;
}

function note(kind: 'ping' | 'pong', items: FramedItem[]): void {
  if (items.at(-1)?.kind !== kind) items.push({ kind });
}

/** Reads lines as parseMessage does, so that both see the same one. Null when there is none, or more than one. */
function contentLengthOf(head: string): string | null {
  let found: string | null = null;
  for (let at = skipStartLine(head); at < head.length; ) {
    const { text, next } = readLine(head, at);
    at = next;
    const name = /^(?:content-length|l)[ \t]*:/i.exec(text)?.[0];
    if (name === undefined) continue;
    if (found !== null) return null;
    found = trimSpace(text.slice(name.length));
  }
  return found;
}
