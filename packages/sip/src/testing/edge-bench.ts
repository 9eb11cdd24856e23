import { createUserAgent, type UserAgent } from '../agent.js';
import type { InviteOptions, OutgoingCall, OutgoingCallHandlers } from '../agent-call.js';
import type { IncomingCall } from '../agent-incoming-call.js';
import type { SipFault } from '../transaction-layer.js';
import type { SipAddress } from '../transport.js';
import { OFFER } from './agent-bench.js';
import { createLossyNetwork, type LossyNetwork, type LossyNetworkOptions } from './lossy-network.js';
import { createVirtualClock, type VirtualClock } from './virtual-clock.js';

export const CALLER = { host: '192.0.2.1', port: 5060 };
export const EDGE = { host: '192.0.2.2', port: 5060 };
export const DEVICE = { host: '198.51.100.7', port: 40_123 };
export const EDGE_KEY = Buffer.from('the key of the cluster');

/** An agent that calls, one that holds the device's connection, and the device, which only the second can reach. */
export interface EdgeBench {
  clock: VirtualClock;
  network: LossyNetwork;
  caller: UserAgent;
  edge: UserAgent;
  device: UserAgent;
  /** The calls that the device has taken. */
  taken: IncomingCall[];
  faults: SipFault[];
  /** A call to the device, by the edge. */
  call(handlers?: Partial<OutgoingCallHandlers>, more?: Partial<InviteOptions>): OutgoingCall;
  /** Datagrams that went between caller and device past the edge. */
  shortcuts(): number;
}

export function createEdgeBench(
  options: Omit<LossyNetworkOptions, 'clock'> & {
    /** Of the device's connection; UDP unless told. */
    source?: SipAddress;
    onInvite?(call: IncomingCall): void;
  } = {},
): EdgeBench {
  const clock = createVirtualClock();
  const network = createLossyNetwork({ ...options, clock });
  const faults: SipFault[] = [];
  const taken: IncomingCall[] = [];
  const agentAt = (at: SipAddress, more: object = {}): UserAgent =>
    createUserAgent({
      transport: network.attach(at),
      clock,
      publicAddress: () => at,
      onFault: (fault) => faults.push(fault),
      ...more,
    });
  const caller = agentAt(CALLER);
  const edge = agentAt(EDGE, {
    gate: () => ({ kind: 'drop' }),
    edge: { key: EDGE_KEY, isPeer: ({ host }: SipAddress) => host.startsWith('192.0.2.') },
  });
  const device = agentAt(DEVICE, {
    onInvite: (call: IncomingCall) => {
      taken.push(call);
      options.onInvite?.(call);
    },
  });
  const { source = DEVICE } = options;
  return {
    clock,
    network,
    caller,
    edge,
    device,
    taken,
    faults,
    call: (handlers = {}, more = {}) =>
      caller.invite({
        requestUri: 'sip:bob@10.0.0.5:40123',
        from: { uri: 'sip:a@192.0.2.1' },
        to: { uri: 'sip:bob@example.com' },
        routes: [edge.edgeRoute({ source })],
        targets: [EDGE],
        offer: OFFER,
        handlers: {
          onSent: () => {},
          onProvisional: () => {},
          onAnswered: () => {},
          onEnded: () => {},
          ...handlers,
        },
        ...more,
      }),
    shortcuts: () =>
      network.sent.filter(({ from, to }) => from.host !== EDGE.host && to.host !== EDGE.host).length,
  };
}
