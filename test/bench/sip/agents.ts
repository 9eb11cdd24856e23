import type { IncomingCall, SipAddress, UserAgent } from '@trunkline/sip';
import { bindUdpTransport, createUserAgent, systemClock } from '@trunkline/sip';

/** An SDP as a phone gives one. */
export const SDP = [
  'v=0',
  'o=- 3983 3983 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

export interface BenchAgent {
  agent: UserAgent;
  address: SipAddress;
}

/** A user agent on a loopback port of its own, or on the one given. */
export async function openAgent(onInvite: (call: IncomingCall) => void, port = 0): Promise<BenchAgent> {
  const transport = await bindUdpTransport({ host: '127.0.0.1', port });
  const address = transport.local;
  const agent = createUserAgent({ transport, clock: systemClock, publicAddress: () => address, onInvite });
  return { agent, address };
}

/** Rings and answers whoever calls; the caller hangs up. */
export function answerAtOnce(call: IncomingCall): void {
  call.ring();
  call.answer(SDP);
}

export interface CallLoad {
  to: SipAddress;
  inFlight: number;
  calls: number;
}

/** Places calls, so many at once, each hung up on as soon as it is answered. Resolves with how many were completed. */
export function placeCalls(agent: UserAgent, { to, inFlight, calls }: CallLoad): Promise<number> {
  return new Promise((resolve) => {
    let begun = 0;
    let over = 0;
    let completed = 0;
    const next = () => {
      begun += 1;
      const uri = `sip:+1555${begun}@${to.host}:${to.port}`;
      const call = agent.invite({
        requestUri: uri,
        from: { uri: 'sip:+15559990000@127.0.0.1' },
        to: { uri },
        targets: [to],
        offer: SDP,
        sessionExpiresSeconds: null,
        handlers: {
          onSent: () => {},
          onProvisional: () => {},
          onAnswered: () => call.bye(),
          onEnded: (end) => {
            over += 1;
            if (end.kind === 'bye') completed += 1;
            if (begun < calls) next();
            else if (over === calls) resolve(completed);
          },
        },
      });
    };
    for (let n = 0; n < Math.min(inFlight, calls); n++) next();
  });
}
