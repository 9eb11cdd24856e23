import type { Call, DialogIdentifiers } from '@trunkline/contracts';
import { parseUri, type UserAgent } from '@trunkline/sip';
import { type PasswordOpener, sipLoginOf } from './sip-login.js';
import { formatHostPort, type Trunk } from './trunks.js';

/** Q.850 §2.2.7: the reason that the far end of a lost dialer's call is given. */
const TEMPORARY_FAILURE = 41;

export interface HangUpOptions {
  agent: Pick<UserAgent, 'byeOnDialog'>;
  trunks: readonly Trunk[];
  openPassword: PasswordOpener;
}

/**
 * Makes what hangs up on the dialog of a dialer that is gone. A trunk may ask for credentials here too: it gets the call's
 * own, or else the trunk's. Which trunk it is stands in the remote URI, where `calleeUri` wrote it as it is configured;
 * the next hop is whatever Contact or Record-Route named.
 */
export function createHangUpLost({
  agent,
  trunks,
  openPassword,
}: HangUpOptions): (dialog: DialogIdentifiers, call: Call) => Promise<void> {
  return (dialog, call) => {
    const login = sipLoginOf(call, openPassword, () => {});
    const credentials = login ?? trunkOf(dialog.remoteUri, trunks)?.credentials;
    return agent.byeOnDialog(dialog, TEMPORARY_FAILURE, credentials);
  };
}

function trunkOf(uri: string, trunks: readonly Trunk[]): Trunk | undefined {
  const { host, port } = parseUri(uri);
  const place = `${host}:${port}`.toLowerCase();
  return trunks.find((trunk) => formatHostPort(trunk.host, trunk.port).toLowerCase() === place);
}
