import type { Call } from '@trunkline/contracts';
import type { Routes } from '../trunks/routes.js';
import type { CallHistory } from './call-history.js';
import type { CallSurroundings } from './call-surroundings.js';
import { callerOf } from './caller-of.js';
import { createTrunkLeg, type Leg, type LegOptions } from './place-leg.js';

/** What a leg is told by its call. */
export type LegTies = Omit<LegOptions, 'callSid' | 'agent' | 'meter' | 'log'>;

/** The way of a call to its phone: over trunks, or, without routes, to a client's devices. */
export function openLeg(
  { call, history, routes }: { call: Call; history: CallHistory; routes: Routes | null },
  ties: LegTies,
  at: CallSurroundings,
): Leg {
  const { agent, meter, log, patienceMs, publicAddress, credentialsOf, createClientLeg } = at;
  const options: LegOptions = { ...ties, callSid: call.sid, agent, meter, log };
  if (routes === null) return createClientLeg(call, options);
  const caller = callerOf(call, history, at);
  return createTrunkLeg({
    ...options,
    ...caller,
    routes,
    history,
    patienceMs,
    publicAddress,
    credentialsOf,
  });
}
