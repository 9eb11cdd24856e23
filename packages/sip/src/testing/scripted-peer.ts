import type { Clock } from '../clock.js';
import type { SipMessage, SipRequest, SipResponse } from '../message.js';
import { cseqOf } from '../message-fields.js';
import { createResponse, type ResponseOptions } from '../message-response.js';
import { parseMessage } from '../parse-message.js';
import { serializeMessage } from '../serialize-message.js';
import type { SipAddress, Transport } from '../transport.js';
import type { LossyNetwork } from './lossy-network.js';

interface Received {
  atMs: number;
  message: SipMessage;
}

/** The other end of the wire, which says exactly what a test tells it to and repeats nothing by itself. */
export class ScriptedPeer {
  readonly received: Received[] = [];
  readonly uri: string;
  private readonly transport: Transport;

  constructor(
    network: LossyNetwork,
    private readonly options: { at: SipAddress; clock: Clock; to: SipAddress },
  ) {
    this.transport = network.attach(options.at);
    this.uri = `sip:peer@${options.at.host}:${options.at.port}`;
    this.transport.onMessage((data) =>
      this.received.push({ atMs: options.clock.nowMs(), message: parseMessage(data) }),
    );
  }

  /** The requests with this method, oldest first. */
  requests(method: string): SipRequest[] {
    return this.received.flatMap(({ message }) =>
      message.kind === 'request' && message.method === method ? message : [],
    );
  }

  /** The responses to this method, oldest first. */
  responses(method: string): SipResponse[] {
    return this.received.flatMap(({ message }) =>
      message.kind === 'response' && cseqOf(message).method === method ? message : [],
    );
  }

  /** The statuses of the responses to this method. */
  statuses(method: string): number[] {
    return this.responses(method).map((response) => response.status);
  }

  /** When requests with this method, or responses with this status, came, ms. */
  times(wanted: string | number): number[] {
    return this.received
      .filter(({ message }) => (message.kind === 'request' ? message.method : message.status) === wanted)
      .map(({ atMs }) => atMs);
  }

  /** The last request with this method. */
  last(method: string): SipRequest {
    const found = this.requests(method).at(-1);
    if (!found) throw new Error(`no ${method} came; there were ${JSON.stringify(this.summary())}`);
    return found;
  }

  /** What came, in short: methods and statuses. */
  summary(): string[] {
    return this.received.map(({ message }) =>
      message.kind === 'request' ? message.method : `${message.status} ${cseqOf(message).method}`,
    );
  }

  reply(request: SipRequest, status: number, options: ResponseOptions = {}): void {
    this.send(createResponse(request, status, options));
  }

  send(message: SipMessage): void {
    this.transport.send(serializeMessage(message), this.options.to);
  }

  sendText(lines: readonly string[], body = ''): void {
    this.transport.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`), this.options.to);
  }
}
