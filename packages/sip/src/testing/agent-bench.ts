import { createUserAgent, type UserAgent, type UserAgentOptions } from '../agent.js';
import type { CallEnd, InviteOptions, OutgoingCall, OutgoingCallHandlers } from '../agent-call.js';
import type { SipFault } from '../transaction-layer.js';
import { createLossyNetwork, type LossyNetwork, type LossyNetworkOptions } from './lossy-network.js';
import { ScriptedPeer } from './scripted-peer.js';
import { createVirtualClock, type VirtualClock } from './virtual-clock.js';

export const AGENT_ADDRESS = { host: '192.0.2.1', port: 5060 };
export const PEER_ADDRESS = { host: '192.0.2.2', port: 5070 };

/** A user agent of ours at one end of a wire, a scripted peer at the other. */
export interface AgentBench {
  clock: VirtualClock;
  network: LossyNetwork;
  agent: UserAgent;
  peer: ScriptedPeer;
  faults: SipFault[];
}

type AgentOptions = Pick<UserAgentOptions, 'onInvite' | 'maxServerBytes'>;

export function createAgentBench(
  options: Partial<Omit<LossyNetworkOptions, 'clock'>> & AgentOptions = {},
): AgentBench {
  const { onInvite, maxServerBytes, ...networkOptions } = options;
  const clock = createVirtualClock();
  const network = createLossyNetwork({ clock, delayMs: { from: 0, to: 0 }, ...networkOptions });
  const faults: SipFault[] = [];
  const agent = createUserAgent({
    transport: network.attach(AGENT_ADDRESS),
    clock,
    publicAddress: { host: '203.0.113.1', port: 5060 },
    onFault: (fault) => faults.push(fault),
    ...(onInvite ? { onInvite } : {}),
    ...(maxServerBytes === undefined ? {} : { maxServerBytes }),
  });
  const peer = new ScriptedPeer(network, { at: PEER_ADDRESS, clock, to: AGENT_ADDRESS });
  return { clock, network, agent, peer, faults };
}

/** A placed call and what it told. */
export interface WatchedCall {
  call: OutgoingCall;
  /** In short, in order: `sent`, `180 Ringing`, `answered 200`, `ended rejected`. */
  told: string[];
  ends: CallEnd[];
}

export const OFFER = 'v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\n';

/** Places a call to the peer and writes down what it tells. */
export function placeWatchedCall(
  agent: UserAgent,
  options: Partial<InviteOptions> & { also?: Partial<OutgoingCallHandlers> } = {},
): WatchedCall {
  const { also, ...inviteOptions } = options;
  const told: string[] = [];
  const ends: CallEnd[] = [];
  const handlers: OutgoingCallHandlers = {
    onSent: () => told.push('sent'),
    onProvisional: (provisional) => {
      told.push(`${provisional.status} ${provisional.reason}`);
      also?.onProvisional?.(provisional);
    },
    onAnswered: (answer) => {
      told.push(`answered ${answer.status}`);
      also?.onAnswered?.(answer);
    },
    ...(also?.onReinvite ? { onReinvite: also.onReinvite } : {}),
    ...(also?.onReinviteAnswer ? { onReinviteAnswer: also.onReinviteAnswer } : {}),
    onEnded: (end) => {
      told.push(`ended ${end.kind}`);
      ends.push(end);
      also?.onEnded?.(end);
    },
  };
  const call = agent.invite({
    requestUri: 'sip:+15551112222@192.0.2.2:5070',
    from: { uri: 'sip:+15559990000@203.0.113.1', displayName: 'Anna' },
    to: { uri: 'sip:+15551112222@192.0.2.2:5070' },
    nextHop: PEER_ADDRESS,
    offer: OFFER,
    handlers,
    ...inviteOptions,
  });
  return { call, told, ends };
}
