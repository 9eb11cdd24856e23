import type { Trunk } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import { publicAddresses } from '@trunkline/webhook';

/** Why nothing is sent to an address for a trunk; null when it may be. */
export type TrunkReach = (trunk: Pick<Trunk, 'accountSid'>, host: string) => string | null;

/**
 * Whoever has an account may make trunks, and a trunk's host may have any address: for those of accounts below another only
 * addresses of the public Internet count, as for customers' URLs. The account at the top is the operator's own.
 */
export function createTrunkReach({
  directory,
  allowPrivate,
}: {
  directory: Pick<Directory, 'account'>;
  allowPrivate: boolean;
}): TrunkReach {
  if (allowPrivate) return () => null;
  return ({ accountSid }, host) =>
    directory.account(accountSid)?.parentSid === null ? null : publicAddresses(host);
}
