import { type Client, isSid } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import { parseNameAddr, parseUri, type SipRequest, userOf } from '@trunkline/sip';

/** Which client a request speaks of. `ambiguous`: several accounts have one of that name, and the request says not which. */
export type FoundClient =
  | { kind: 'one'; client: Client }
  | { kind: 'ambiguous'; login: string }
  | { kind: 'none' };

/**
 * The client of an address: its login before the @, and its account in the host's first label (`AC….example.com`) where the
 * login alone does not say which.
 */
export function findClient(
  address: string,
  directory: Pick<Directory, 'clientOf' | 'clientsByLogin'>,
): FoundClient {
  const { login, accountSid } = readAddress(address);
  if (login === '') return { kind: 'none' };
  if (accountSid !== null) {
    const client = directory.clientOf(accountSid, login);
    return client ? { kind: 'one', client } : { kind: 'none' };
  }
  const [client, another] = directory.clientsByLogin(login);
  if (!client) return { kind: 'none' };
  return another ? { kind: 'ambiguous', login } : { kind: 'one', client };
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
