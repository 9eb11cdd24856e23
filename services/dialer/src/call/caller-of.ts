import type { Call } from '@trunkline/contracts';
import type { Credentials } from '@trunkline/sip';
import { sipLoginOf } from '../sip-login.js';
import type { CallParties } from '../trunks/trunk-invite.js';
import type { CallHistory } from './call-history.js';
import type { CallSurroundings } from './call-surroundings.js';

/** Twilio's: the credentials of a SIP call are no good. */
const BAD_SIP_LOGIN = 32202;

/** Who calls whom, before a trunk's rules; and what a trunk that asks is told, when the call has something of its own. */
export function callerOf(
  call: Call,
  history: CallHistory,
  { openPassword, log }: Pick<CallSurroundings, 'openPassword' | 'log'>,
): { parties: CallParties; login: Credentials | undefined } {
  const { sid: callSid, to, from, callerName, instructions } = call;
  const login = sipLoginOf(call, openPassword, (err) => {
    log.warn({ callSid, err }, 'the SIP password of a call cannot be opened');
    const message = "the SIP password cannot be opened: trunks get their own credentials, not the call's";
    history.note('error', { code: BAD_SIP_LOGIN, message });
  });
  const { callerId, sipHeaders } = instructions;
  return { parties: { to, from: callerId ?? from, displayName: callerName, sipHeaders }, login };
}
