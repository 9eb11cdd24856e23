import { type AgentCounts, createUserAgent, type UserAgent } from '../agent.js';
import type {
  CallEnd,
  InviteOptions,
  OutgoingCall,
  OutgoingCallHandlers,
  TargetFailure,
} from '../agent-call.js';
import type { UserAgentOptions } from '../agent-options.js';
import { NO_EDGE_COUNTS } from '../edge-forwarder.js';
import type { SipRequest } from '../message.js';
import type { SipFault } from '../transaction-layer.js';
import { NO_TRANSPORT_COUNTS } from '../transport.js';
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
  /** The peer answers the last INVITE. */
  answer(toTag?: string, status?: number, headers?: [string, string][]): void;
  /** A request of the peer in the dialog of the last INVITE, which it answered as `b`. */
  requestInDialog(method: string, cseq: number, more?: { headers?: [string, string][]; body?: string }): void;
  /** What is left once the network has had time to forget; see NOTHING_LEFT. */
  rest(): AgentCounts & { faults: SipFault[]; timers: number };
}

/** No transaction, dialog or call. */
export const NOTHING_OPEN: AgentCounts = {
  clientTransactions: 0,
  serverTransactions: 0,
  dialogs: 0,
  calls: 0,
  registrations: 0,
  edge: NO_EDGE_COUNTS,
  transport: { ...NO_TRANSPORT_COUNTS, sockets: 1 },
};

/** Everything is over, and nothing failed on the way. */
export const NOTHING_LEFT = { ...NOTHING_OPEN, faults: [], timers: 0 };

export type AgentBenchOptions = Partial<Omit<LossyNetworkOptions, 'clock'>> &
  Omit<UserAgentOptions, 'transport' | 'clock' | 'publicAddress' | 'product' | 'onFault'>;

export function createAgentBench(options: AgentBenchOptions = {}): AgentBench {
  const clock = createVirtualClock();
  const network = createLossyNetwork({ delayMs: { from: 0, to: 0 }, ...options, clock });
  const faults: SipFault[] = [];
  const agent = createUserAgent({
    transport: network.attach(AGENT_ADDRESS),
    clock,
    publicAddress: () => ({ host: '203.0.113.1', port: 5060 }),
    ...options,
    onFault: (fault) => faults.push(fault),
  });
  const peer = new ScriptedPeer(network, { at: PEER_ADDRESS, clock, to: AGENT_ADDRESS });
  const bench = { clock, network, agent, peer, faults };
  return {
    ...bench,
    answer: (toTag = 'b', status = 200, headers = []) => {
      const body = status === 200 ? OFFER : '';
      peer.reply(peer.last('INVITE'), status, { toTag, headers: [CONTACT, ...headers], body });
      clock.advance(1);
    },
    requestInDialog: (method, cseq, more = {}) => {
      peer.sendText(writeInDialog(peer.last('INVITE'), `${cseq} ${method}`, more), more.body);
      clock.advance(1);
    },
    rest: () => {
      clock.advance(70_000);
      return { ...agent.counts(), faults, timers: clock.pending() };
    },
  };
}

const CONTACT: [string, string] = ['Contact', '<sip:peer@192.0.2.2:5070>'];

function writeInDialog(
  invite: SipRequest,
  cseq: string,
  { headers = [], body = '' }: { headers?: [string, string][]; body?: string },
): string[] {
  return [
    `${cseq.split(' ')[1]} sip:203.0.113.1:5060 SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKpeer${cseq.replace(' ', '')};rport`,
    `From: ${(invite.headers.get('To') ?? '').replace(/;tag=.*/, '')};tag=b`,
    `To: ${invite.headers.get('From')}`,
    `Call-ID: ${invite.headers.get('Call-ID')}`,
    `CSeq: ${cseq}`,
    ...[CONTACT, ...headers].map(([name, value]) => `${name}: ${value}`),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
}

/** A placed call and what it told. */
export interface WatchedCall {
  call: OutgoingCall;
  /** In short, in order: `sent`, `failed rejected`, `180 Ringing`, `answered 200`, `ended rejected`. */
  told: string[];
  failures: TargetFailure[];
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
  const failures: TargetFailure[] = [];
  const handlers: OutgoingCallHandlers = {
    onSent: (target) => {
      told.push('sent');
      also?.onSent?.(target);
    },
    onTargetFailed: (failure) => {
      told.push(`failed ${failure.failure}`);
      failures.push(failure);
      also?.onTargetFailed?.(failure);
    },
    onProvisional: (provisional) => {
      told.push(`${provisional.status} ${provisional.reason}`);
      also?.onProvisional?.(provisional);
    },
    onAnswered: (answer) => {
      told.push(`answered ${answer.status}`);
      also?.onAnswered?.(answer);
    },
    ...(also?.onRefer ? { onRefer: also.onRefer } : {}),
    ...(also?.onInfo ? { onInfo: also.onInfo } : {}),
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
    targets: [PEER_ADDRESS],
    offer: OFFER,
    handlers,
    ...inviteOptions,
  });
  return { call, told, ends, failures };
}
