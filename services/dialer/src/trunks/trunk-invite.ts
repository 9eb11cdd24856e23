import type { Trunk } from '@trunkline/contracts';
import { formatIdentity, type IdentityHeader, type InviteOptions } from '@trunkline/sip';
import { callerUri, escapeUser } from '../addresses.js';
import { hostPortOf, routesOf } from './trunk-targets.js';
import { writeCalled, writeNumber } from './write-number.js';

/** Who calls whom, as the call has it. */
export interface CallParties {
  to: string;
  /** A number or a name. */
  from: string;
  displayName: string | null;
  /** Headers of the call's own, by name. */
  sipHeaders: Readonly<Record<string, string>>;
}

export type TrunkInvite = Pick<
  InviteOptions,
  | 'requestUri'
  | 'from'
  | 'to'
  | 'headers'
  | 'routes'
  | 'publicHost'
  | 'reliable'
  | 'sessionExpiresSeconds'
  | 'followRedirects'
>;

const HEADER_NAMES: Partial<Record<Trunk['callerIdHeader'], IdentityHeader>> = {
  'p-asserted-identity': 'P-Asserted-Identity',
  'p-preferred-identity': 'P-Preferred-Identity',
  'remote-party-id': 'Remote-Party-ID',
};

/** RFC 3323 §4.1.1.3. */
const ANONYMOUS = { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' };

/**
 * What an INVITE over this trunk says: numbers as it wants them, who calls where it looks for it, and what else was
 * settled with it. No REFER is allowed, for nothing here could place the call that it asks for.
 * @param own where this dialer is reached
 * @throws UnsafeValueError when something cannot be written into SIP
 */
export function trunkInvite(
  trunk: Trunk,
  parties: CallParties,
  own: { host: string; port: number },
): TrunkInvite {
  const uri = `sip:${escapeUser(writeCalled(parties.to, trunk))}@${hostPortOf(trunk)}`;
  const caller = callerOf(trunk, parties, own);
  const routes = routesOf(trunk);
  return {
    requestUri: uri,
    to: { uri },
    from: trunk.hideCallerId ? ANONYMOUS : withName(caller),
    headers: [...identityHeaders(trunk, caller), ...Object.entries(parties.sipHeaders)],
    reliable: trunk.reliableProvisionals,
    sessionExpiresSeconds: trunk.sessionExpiresSeconds,
    followRedirects: trunk.followRedirects,
    ...(routes.length > 0 ? { routes } : {}),
    ...(trunk.publicAddress === null ? {} : { publicHost: trunk.publicAddress }),
  };
}

interface Caller {
  uri: string;
  displayName: string | null;
}

function callerOf(trunk: Trunk, parties: CallParties, own: { host: string; port: number }): Caller {
  const number = writeNumber(parties.from, trunk.numberFormat);
  const { fromDomain, publicAddress } = trunk;
  const uri =
    fromDomain === null
      ? callerUri(number, publicAddress ?? own.host, own.port)
      : `sip:${escapeUser(number)}@${hostPortOf({ host: fromDomain, port: null })}`;
  return { uri, displayName: parties.displayName };
}

function identityHeaders(trunk: Trunk, caller: Caller): [string, string][] {
  const header = HEADER_NAMES[trunk.callerIdHeader];
  const identity = { ...caller, hidden: trunk.hideCallerId };
  return [
    ...(header ? [[header, formatIdentity(header, identity)] as [string, string]] : []),
    ...(trunk.hideCallerId ? [['Privacy', 'id'] as [string, string]] : []),
  ];
}

function withName({ uri, displayName }: Caller): InviteOptions['from'] {
  return displayName === null ? { uri } : { uri, displayName };
}
