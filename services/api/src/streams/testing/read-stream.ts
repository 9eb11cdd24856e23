/** One message of a stream of server-sent events, as a client understands it. */
export interface StreamMessage {
  id: string | null;
  event: string | null;
  data: string | null;
  comment: string | null;
  retry: string | null;
}

/** Reads the messages of a stream (WHATWG HTML §9.2.5), with a deadline for each. */
export class StreamReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  /** The next message, whatever it is; null at the end of the stream. */
  async next(): Promise<StreamMessage | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const message = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return parseMessage(message);
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** The next message that has a name. */
  async nextEvent(): Promise<StreamMessage | null> {
    for (;;) {
      const message = await this.next();
      if (message === null || message.event !== null) return message;
    }
  }

  /** Every message with a name, to the end of the stream. */
  async rest(): Promise<StreamMessage[]> {
    const messages: StreamMessage[] = [];
    for (let message = await this.nextEvent(); message; message = await this.nextEvent()) {
      messages.push(message);
    }
    return messages;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

function parseMessage(text: string): StreamMessage {
  const message: StreamMessage = { id: null, event: null, data: null, comment: null, retry: null };
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
    if (name === '') message.comment = value;
    else if (name in message) message[name as keyof StreamMessage] = value;
  }
  return message;
}
