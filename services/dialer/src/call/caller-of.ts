import type { Call } from '@trunkline/contracts';
import { callerUri } from '../addresses.js';
import { sipLoginOf } from '../sip-login.js';
import type { CallHistory } from './call-history.js';
import type { CallSurroundings } from './call-surroundings.js';
import type { LegOptions } from './place-leg.js';

/** Twilio's: the credentials of a SIP call are no good. */
const BAD_SIP_LOGIN = 32202;

/** Who calls, as trunks see it: the From, and what one that asks is told. */
export function callerOf(
  call: Call,
  history: CallHistory,
  { publicAddress, openPassword, log }: Pick<CallSurroundings, 'publicAddress' | 'openPassword' | 'log'>,
): Pick<LegOptions, 'from' | 'login'> {
  const { sid: callSid, from, callerName, instructions } = call;
  const uri = callerUri(instructions.callerId ?? from, publicAddress.host, publicAddress.port);
  const login = sipLoginOf(call, openPassword, (err) => {
    log.warn({ callSid, err }, 'the SIP password of a call cannot be opened');
    const message = "the SIP password cannot be opened: trunks get their own credentials, not the call's";
    history.note('error', { code: BAD_SIP_LOGIN, message });
  });
  return { from: callerName === null ? { uri } : { uri, displayName: callerName }, login };
}
