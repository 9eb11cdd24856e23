import type { IncomingCallEnd } from '../agent-call.js';
import type { IncomingCall } from '../agent-incoming-call.js';
import { type AgentBench, type AgentBenchOptions, createAgentBench, OFFER } from './agent-bench.js';
import { tagIn } from './read-message.js';

/** A user agent of ours that takes the calls of a scripted peer. */
export interface IncomingBench extends AgentBench {
  calls: IncomingCall[];
  ends: IncomingCallEnd[];
  /** A request of the peer; the same parts give the same request. */
  send(method: string, parts?: RequestParts): void;
  /** An INVITE with an offer, and the call that was made of it. */
  invite(parts?: RequestParts): IncomingCall;
  /** The tag that our last response to an INVITE had. */
  localTag(): string;
}

export interface RequestParts {
  uri?: string;
  branch?: string;
  via?: string;
  toTag?: string;
  cseq?: number;
  headers?: string[];
  body?: string;
  contentType?: string;
}

export function createIncomingBench(options: AgentBenchOptions = {}): IncomingBench {
  const calls: IncomingCall[] = [];
  const ends: IncomingCallEnd[] = [];
  const bench = createAgentBench({
    onInvite: (call) => {
      calls.push(call);
      call.handlers.onEnded = (end) => ends.push(end);
    },
    ...options,
  });
  const send = (method: string, parts: RequestParts = {}): void => {
    bench.peer.sendText(writeRequest(method, parts), parts.body);
    bench.clock.advance(0);
  };
  return {
    ...bench,
    calls,
    ends,
    send,
    invite: (parts) => {
      send('INVITE', { body: OFFER, ...parts });
      return calls.at(-1) as IncomingCall;
    },
    localTag: () => {
      const response = bench.peer.responses('INVITE').at(-1);
      return (response && tagIn(response, 'To')) ?? '';
    },
  };
}

function writeRequest(method: string, parts: RequestParts): string[] {
  const { branch = 'z9hG4bK1', cseq = 1, body = '' } = parts;
  const toTag = parts.toTag === undefined ? '' : `;tag=${parts.toTag}`;
  return [
    `${method} ${parts.uri ?? 'sip:%2B1555@203.0.113.1:5060'} SIP/2.0`,
    parts.via ?? `Via: SIP/2.0/UDP 10.0.0.9:5999;branch=${branch};rport`,
    'Max-Forwards: 0',
    'From: "Bob" <sip:bob@192.0.2.2>;tag=a',
    `To: <sip:+1555@203.0.113.1>${toTag}`,
    'Call-ID: one@192.0.2.2',
    `CSeq: ${cseq} ${method}`,
    'Contact: <sip:bob@192.0.2.2:5070>',
    ...(parts.headers ?? []),
    ...(body === '' ? [] : [`Content-Type: ${parts.contentType ?? 'application/sdp'}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
}
