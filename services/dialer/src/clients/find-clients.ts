import { type Client, isSid } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import { parseNameAddr, parseUri, type SipRequest, userOf } from '@trunkline/sip';
import { isActive } from '../inbound/lineage.js';

/** Of more accounts with one login the oldest clients are asked for their password: nobody who comes later shuts them out. */
const MAX_CANDIDATES = 16;

/**
 * The clients that an address may mean: its login before the @, and its account in the host's first label
 * (`AC….example.com`). Without that the login may be several accounts', and the password says which; those that could do
 * nothing anyway are left out then. [] for nobody.
 */
export function findClients(
  address: string,
  directory: Pick<Directory, 'account' | 'clientOf' | 'clientsByLogin'>,
): readonly Client[] {
  const { login, accountSid } = readAddress(address);
  if (login === '') return [];
  if (accountSid !== null) return [directory.clientOf(accountSid, login) ?? []].flat();
  const namesakes = directory.clientsByLogin(login);
  if (namesakes.length < 2) return namesakes;
  const usable = namesakes.filter((one) => one.enabled && isActive(one.accountSid, directory));
  return (usable.length > 0 ? usable : [...namesakes]).sort(byAge).slice(0, MAX_CANDIDATES);
}

function byAge(one: Client, other: Client): number {
  return one.dateCreated.localeCompare(other.dateCreated);
}

/** The address that a request signs in with: who is registered, or who calls (RFC 3261 §10.2, §8.1.1.3). */
export function signedAddressOf(request: SipRequest): string {
  return request.headers.get(request.method === 'REGISTER' ? 'To' : 'From') ?? '';
}

/** What cannot be read is nobody's. */
function readAddress(address: string): { login: string; accountSid: string | null } {
  try {
    const { uri } = parseNameAddr(address);
    const [label = ''] = parseUri(uri).host.split('.', 1);
    const accountSid = label.slice(0, 2).toUpperCase() + label.slice(2).toLowerCase();
    return { login: userOf(uri), accountSid: isSid('AC', accountSid) ? accountSid : null };
  } catch {
    return { login: '', accountSid: null };
  }
}
