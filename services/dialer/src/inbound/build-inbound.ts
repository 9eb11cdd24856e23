import { systemClock as clock, type IncomingCall } from '@trunkline/sip';
import type { DialerParts } from '../build/dialer-parts.js';
import type { CallSurroundings } from '../call/call-surroundings.js';
import { createInviteHandler } from './accept-invite.js';

/** Joins what takes calls that come to what it works with. */
export function buildInviteHandler(
  parts: DialerParts,
  surroundings: Omit<CallSurroundings, 'clock'>,
): (leg: IncomingCall) => void {
  const { admission, audio, calls, directory, meter, trunks } = parts;
  return createInviteHandler({
    directory,
    admission,
    calls,
    openMedia: audio.open,
    admit: (trunk, callSid) => trunks.admitInbound(trunk, callSid),
    credentialsOf: (trunk) => trunks.credentialsOf(trunk),
    surroundings: { ...surroundings, clock },
    meter,
  });
}
