import type { ApiClient } from './api-client.js';

/** A message of a stream that has a name. */
export interface EventMessage {
  id: string;
  event: string;
  data: string;
}

/** A reader of server-sent events (WHATWG HTML §9.2), as a customer would write one with fetch. */
export class EventSource {
  private text = '';
  private readonly decoder = new TextDecoder();

  private constructor(
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
    private readonly gone: AbortController,
  ) {}

  /** Opens a stream, behind the last event that the reader has. */
  static async open(api: ApiClient, path: string, lastEventId?: string): Promise<EventSource> {
    const gone = new AbortController();
    const login = Buffer.from(`${api.accountSid}:${api.authToken}`).toString('base64');
    const response = await fetch(api.baseUrl + path, {
      headers: {
        authorization: `Basic ${login}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: gone.signal,
    });
    if (response.status !== 200)
      throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return new EventSource((response.body as ReadableStream<Uint8Array>).getReader(), gone);
  }

  /** The next message with a name; null when the server has ended the stream. */
  async next(): Promise<EventMessage | null> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end < 0) {
        const { done, value } = await this.reader.read();
        if (done) return null;
        this.text += this.decoder.decode(value, { stream: true });
        continue;
      }
      const message = parse(this.text.slice(0, end));
      this.text = this.text.slice(end + 2);
      if (message.event !== '') return message;
    }
  }

  /** Every message to the end of the stream. */
  async rest(): Promise<EventMessage[]> {
    const messages: EventMessage[] = [];
    for (let message = await this.next(); message; message = await this.next()) messages.push(message);
    return messages;
  }

  /** Breaks the connection. */
  cut(): void {
    this.gone.abort();
  }
}

function parse(text: string): EventMessage {
  const message: EventMessage = { id: '', event: '', data: '' };
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
    if (name) message[name as keyof EventMessage] = value;
  }
  return message;
}
