import type { SipRequest, SipResponse } from '../message.js';
import { SipHeaders } from '../message-headers.js';
import { createResponse } from '../message-response.js';
import type { ClientFailure, ClientTransaction } from '../transaction-client.js';
import { type SipFault, TransactionLayer, type TransactionLayerOptions } from '../transaction-layer.js';
import type { ServerTransaction } from '../transaction-server.js';
import type { SipProtocol } from '../transport.js';
import { createLossyNetwork, type LossyNetwork } from './lossy-network.js';
import { ScriptedPeer } from './scripted-peer.js';
import { createVirtualClock, type VirtualClock } from './virtual-clock.js';

/** Transactions with no user agent above them, at one end of a wire, a scripted peer at the other. */
export interface TransactionBench {
  clock: VirtualClock;
  network: LossyNetwork;
  layer: TransactionLayer;
  peer: ScriptedPeer;
  /** What client transactions told, with when: `200 at 5000`, `timeout at 32000`. */
  told: string[];
  /** The transactions of the requests that came, oldest first. */
  taken: ServerTransaction[];
  faults: SipFault[];
  send(method: string, headers?: readonly [string, string][], body?: string): ClientTransaction;
  /** The peer sends a request; the same branch is the same request. */
  receive(method: string, branch?: string): void;
  answer(status: number): void;
}

export interface TransactionBenchOptions extends Partial<TransactionLayerOptions> {
  protocol?: SipProtocol;
}

const HERE = { host: '192.0.2.1', port: 5060 };
const THERE = { host: '192.0.2.2', port: 5060 };

export function createTransactionBench(options: TransactionBenchOptions = {}): TransactionBench {
  const { protocol = 'UDP', ...layerOptions } = options;
  const clock = createVirtualClock();
  const network = createLossyNetwork({ clock, delayMs: { from: 0, to: 0 } });
  const told: string[] = [];
  const taken: ServerTransaction[] = [];
  const faults: SipFault[] = [];
  const layer = new TransactionLayer({
    transport: network.attach(HERE),
    clock,
    sentBy: (_, publicHost) => `${publicHost ?? HERE.host}:${HERE.port}`,
    user: {
      receive: () => ({ take: (transaction) => void taken.push(transaction) }),
      onAck: () => told.push(`ACK at ${clock.nowMs()}`),
      onUnreadable: () => {},
      onFault: (fault) => faults.push(fault),
    },
    ...layerOptions,
  });
  const peer = new ScriptedPeer(network, { at: THERE, clock, to: { ...HERE, protocol } });
  const tell = (what: string): void => void told.push(`${what} at ${clock.nowMs()}`);

  return {
    clock,
    network,
    layer,
    peer,
    told,
    taken,
    faults,
    send(method, headers = [], body = '') {
      const transaction = layer.request(
        requestOf(method, headers, body),
        { ...THERE, protocol },
        {
          onResponse: ({ status }: SipResponse) => tell(String(status)),
          onFailure: (failure: ClientFailure) =>
            tell(failure.kind === 'timeout' ? 'timeout' : failure.error.message),
        },
      );
      clock.advance(0);
      return transaction;
    },
    receive(method, branch = 'one') {
      peer.sendText([
        `${method} sip:192.0.2.1 SIP/2.0`,
        `Via: SIP/2.0/${protocol} 192.0.2.2:5060;branch=z9hG4bK${branch};rport`,
        'From: <sip:b@192.0.2.2>;tag=b',
        `To: <sip:a@192.0.2.1>${method === 'ACK' ? ';tag=a' : ''}`,
        `Call-ID: ${branch}`,
        `CSeq: 1 ${method}`,
        'Max-Forwards: 70',
        'Content-Length: 0',
      ]);
      clock.advance(0);
    },
    answer(status) {
      const transaction = taken.at(-1);
      transaction?.respond(createResponse(transaction.request, status, { toTag: 'a' }));
      clock.advance(0);
    },
  };
}

function requestOf(method: string, headers: readonly [string, string][], body: string): SipRequest {
  const all = new SipHeaders()
    .append('Max-Forwards', '70')
    .append('From', '<sip:a@192.0.2.1>;tag=a')
    .append('To', '<sip:b@192.0.2.2>')
    .append('Call-ID', 'here')
    .append('CSeq', `1 ${method}`);
  for (const [name, value] of headers) all.append(name, value);
  return { kind: 'request', method, uri: 'sip:b@192.0.2.2', headers: all, body: Buffer.from(body) };
}
