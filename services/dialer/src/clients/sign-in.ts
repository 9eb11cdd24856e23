import type { Client } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import type { DigestGuard, SipAddress, SipRequest } from '@trunkline/sip';
import type { PenaltyBox } from '../inbound/penalty-box.js';
import { findClient, signedAddressOf } from './find-client.js';

/** Whether whoever sent a request is the client that it says. */
export type SignIn =
  | { kind: 'known'; client: Client }
  /** No client of ours: not even an answer. */
  | { kind: 'stranger' }
  | { kind: 'answer'; status: number; headers: [string, string][]; because: SignInTrouble };

/** `challenged` is the usual way in, and no trouble. */
export type SignInTrouble = 'challenged' | 'wrong-password' | 'ambiguous-login';

export interface SignInOptions {
  directory: Pick<Directory, 'clientOf' | 'clientsByLogin' | 'passwordOf'>;
  guard: Pick<DigestGuard, 'check'>;
  penalties: Pick<PenaltyBox, 'note' | 'isShut'>;
}

/** Finds out who sends a REGISTER or INVITE, by digest (RFC 3261 §22, RFC 8760). */
export function signIn(
  request: SipRequest,
  from: SipAddress,
  { directory, guard, penalties }: SignInOptions,
): SignIn {
  const found = findClient(signedAddressOf(request), directory);
  if (found.kind === 'none') return { kind: 'stranger' };
  if (found.kind === 'ambiguous') return refuseAmbiguous();
  const { client } = found;
  const passwordOf = (username: string) => (username === client.login ? directory.passwordOf(client) : null);
  const verdict = guard.check(request, passwordOf, request.method === 'REGISTER' ? 'register' : 'proxy');
  if (verdict.kind === 'challenge') {
    const { status, headers } = verdict;
    return { kind: 'answer', status, headers, because: 'challenged' };
  }
  if (verdict.kind === 'refused') {
    penalties.note(from.host);
    return { kind: 'answer', status: 403, headers: [], because: 'wrong-password' };
  }
  return { kind: 'known', client };
}

function refuseAmbiguous(): SignIn {
  const text = 'this login is in several accounts: sign in at a domain that begins with the Sid of yours';
  return {
    kind: 'answer',
    status: 403,
    headers: [['Warning', `399 trunkline "${text}"`]],
    because: 'ambiguous-login',
  };
}
