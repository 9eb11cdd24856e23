import type { DialogIdentifiers } from '@trunkline/contracts';
import { parseUri, type UserAgent } from '@trunkline/sip';
import { formatHostPort, type Trunk } from './trunks.js';

/** Q.850 §2.2.7: the reason that the far end of a lost dialer's call is given. */
const TEMPORARY_FAILURE = 41;

/**
 * Makes what hangs up on the dialog of a dialer that is gone. A trunk may ask for credentials here too. Which trunk it is
 * stands in the remote URI, where `calleeUri` wrote it as it is configured; the next hop is whatever Contact or
 * Record-Route named.
 */
export function createHangUpLost(
  agent: Pick<UserAgent, 'byeOnDialog'>,
  trunks: readonly Trunk[],
): (dialog: DialogIdentifiers) => Promise<void> {
  return (dialog) =>
    agent.byeOnDialog(dialog, TEMPORARY_FAILURE, trunkOf(dialog.remoteUri, trunks)?.credentials);
}

function trunkOf(uri: string, trunks: readonly Trunk[]): Trunk | undefined {
  const { host, port } = parseUri(uri);
  const place = `${host}:${port}`.toLowerCase();
  return trunks.find((trunk) => formatHostPort(trunk.host, trunk.port).toLowerCase() === place);
}
