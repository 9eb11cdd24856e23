import { createHash, createHmac } from 'node:crypto';
import type { Sealer } from '@trunkline/directory';
import type { EnvironmentTrunk } from '@trunkline/store';
import { readSipHost, type SipHost } from './read-sip-host.js';
import { nameOfHost, PLAIN_TRUNK, type TrunkSettings } from './trunk-settings.js';

/** Trunks as the environment has them, in the order in which they are to be tried; or what is wrong, without quoting it. */
export type ReadTrunkList = { trunks: readonly SipHost[] } | { complaint: string };

/** Reads SIP URIs with commas between. A trunk is named by its place, since it may hold a password. */
export function readTrunkList(text: string): ReadTrunkList {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const trunks: SipHost[] = [];
  for (const [index, item] of items.entries()) {
    const read = readSipHost(item);
    if ('complaint' in read) return { complaint: `trunk ${index + 1} ${read.complaint}` };
    if (!read.sip.isUri) {
      return {
        complaint: `trunk ${index + 1} must be a SIP URI, like sip:user:password@host:5060;transport=udp`,
      };
    }
    trunks.push(read.sip);
  }
  return { trunks };
}

export interface EnvironmentTrunksOptions {
  config: {
    SECRET_KEY: string;
    TRUNKS: readonly SipHost[];
    firstAccount: { sid: string } | null;
  };
  sealer: Pick<Sealer, 'seal'>;
}

/**
 * The trunks of the environment as they are stored: of the first account, the first to be tried first. One has the same Sid
 * for as long as it has the same place in the list.
 */
export function environmentTrunks({ config, sealer }: EnvironmentTrunksOptions): EnvironmentTrunk[] {
  const { firstAccount, TRUNKS, SECRET_KEY } = config;
  if (!firstAccount) return [];
  const { sid: accountSid } = firstAccount;
  return TRUNKS.map(({ host, port, transport, credentials }, index) => {
    const environmentPlace = index + 1;
    const sid = sidOf(accountSid, environmentPlace);
    const settings: TrunkSettings = {
      ...PLAIN_TRUNK,
      name: nameOfHost({ host, port }),
      host,
      port,
      transport,
      priority: environmentPlace,
      username: credentials?.username ?? null,
    };
    const said = JSON.stringify([accountSid, settings, credentials?.password]);
    return {
      ...settings,
      sid,
      accountSid,
      passwordSealed: credentials && sealer.seal(credentials.password, sid).toString('base64'),
      environmentPlace,
      environmentMark: createHmac('sha256', SECRET_KEY).update(`environment trunk ${said}`).digest(),
    };
  });
}

function sidOf(accountSid: string, place: number): string {
  const digest = createHash('sha256').update(`environment trunk ${accountSid} ${place}`).digest('hex');
  return `TK${digest.slice(0, 32)}`;
}
