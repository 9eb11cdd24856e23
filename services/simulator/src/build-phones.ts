import { type MediaClock, openMediaSession, type PortPool } from '@trunkline/media';
import { systemClock as clock, createUserAgent, type Transport, type UserAgent } from '@trunkline/sip';
import { createCaller } from './call-back.js';
import type { SimulatorConfig } from './config.js';
import type { InviteCounts } from './count-invites.js';
import { createNumberingPlan } from './numbers/behaviour-of.js';
import type { Observer } from './observe.js';
import { takeCall } from './take-call.js';

export interface PhonesBase {
  config: SimulatorConfig;
  transport: Transport;
  ports: PortPool;
  mediaClock: MediaClock;
  counts: InviteCounts;
  observer: Observer;
}

/** All numbers of the carrier behind one user agent: what is called behaves as its number says. */
export function buildPhones({
  config,
  transport,
  ports,
  mediaClock,
  counts,
  observer,
}: PhonesBase): UserAgent {
  const { SIP_BIND: bindHost, SIP_PUBLIC_ADDRESS: publicHost = bindHost } = config;
  const { onFault, onError, onCalledBack } = observer;
  const behaviourOf = createNumberingPlan({
    username: config.SIMULATOR_USER,
    password: config.SIMULATOR_PASSWORD,
  });
  const openMedia = () => openMediaSession({ ports, clock: mediaClock, bindHost, publicHost, onError });
  const agent = createUserAgent({
    transport,
    clock,
    publicAddress: () => ({ host: publicHost, port: transport.local.port }),
    product: 'Trunkline-Simulator',
    onFault,
    onInvite(call) {
      counts.add(call.calledUser, call.callId);
      takeCall(call, { clock, behaviour: behaviourOf(call.calledUser), openMedia, callBack, ...observer });
    },
  });
  const callBack = createCaller({ agent, clock, openMedia, onFinished: onCalledBack, onError });
  return agent;
}
