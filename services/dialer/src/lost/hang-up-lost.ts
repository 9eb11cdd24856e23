import type { Call, DialogIdentifiers } from '@trunkline/contracts';
import type { Credentials, UserAgent } from '@trunkline/sip';
import { type PasswordOpener, sipLoginOf } from '../sip-login.js';
import type { Trunks } from '../trunks/open-trunks.js';

/** Q.850 §2.2.7: the reason that the far end of a lost dialer's call is given. */
const TEMPORARY_FAILURE = 41;

export interface HangUpOptions {
  agent: Pick<UserAgent, 'byeOnDialog'>;
  trunks: Pick<Trunks, 'find' | 'credentialsOf'>;
  openPassword: PasswordOpener;
}

/**
 * Makes what hangs up on the dialog of a dialer that is gone. A trunk may ask for credentials here too: it gets the call's
 * own, or else the trunk's, which stands in the call's last attempt; the next hop is whatever Contact or Record-Route named,
 * over the transport that the call took.
 */
export function createHangUpLost({
  agent,
  trunks,
  openPassword,
}: HangUpOptions): (dialog: DialogIdentifiers, call: Call) => Promise<void> {
  return (dialog, call) => {
    const login = sipLoginOf(call, openPassword, () => {});
    const credentials = login ?? credentialsOf(call, trunks);
    return agent.byeOnDialog(addressed(dialog), TEMPORARY_FAILURE, credentials);
  };
}

function credentialsOf(call: Call, trunks: HangUpOptions['trunks']): Credentials | undefined {
  const sid = call.attempts.at(-1)?.trunkSid;
  const trunk = sid ? trunks.find(sid) : null;
  return (trunk && trunks.credentialsOf(trunk)) ?? undefined;
}

/** Without what is not there: a connection of the lost dialer's is not ours, and went with it. */
function addressed(dialog: DialogIdentifiers) {
  const { host, port, protocol, serverName } = dialog.nextHop;
  const nextHop = { host, port, ...(protocol ? { protocol } : {}), ...(serverName ? { serverName } : {}) };
  return { ...dialog, nextHop };
}
