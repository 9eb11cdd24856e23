import type { Client } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import type { DigestGuard, SipAddress, SipRequest } from '@trunkline/sip';
import type { PenaltyBox } from '../inbound/penalty-box.js';
import { findClients, signedAddressOf } from './find-clients.js';

/** Whether whoever sent a request is the client that it says. */
export type SignIn =
  | { kind: 'known'; client: Client }
  /** No client of ours: not even an answer. */
  | { kind: 'stranger' }
  | { kind: 'answer'; status: number; headers: [string, string][]; because: SignInTrouble };

/** `challenged` is the usual way in, and no trouble. */
export type SignInTrouble = 'challenged' | 'wrong-password' | 'ambiguous-login';

export interface SignInOptions {
  directory: Pick<Directory, 'account' | 'clientOf' | 'clientsByLogin' | 'passwordOf'>;
  guard: Pick<DigestGuard, 'check'>;
  penalties: Pick<PenaltyBox, 'note' | 'isShut'>;
}

/** Finds out who sends a REGISTER or INVITE, by digest (RFC 3261 §22, RFC 8760). */
export function signIn(
  request: SipRequest,
  from: SipAddress,
  { directory, guard, penalties }: SignInOptions,
): SignIn {
  const clients = findClients(signedAddressOf(request), directory);
  if (clients.length === 0) return { kind: 'stranger' };
  const verdict = guard.check(request, {
    kind: request.method === 'REGISTER' ? 'register' : 'proxy',
    host: from.host,
    passwordsOf: (username) =>
      clients.map((client) => (username === client.login ? directory.passwordOf(client) : null)),
  });
  switch (verdict.kind) {
    case 'challenge':
      return { kind: 'answer', status: verdict.status, headers: verdict.headers, because: 'challenged' };
    case 'refused':
      penalties.note(from.host);
      return { kind: 'answer', status: 403, headers: [], because: 'wrong-password' };
    case 'ambiguous':
      return AMBIGUOUS;
    case 'known':
      // It is one of those whose passwords were tried.
      return { kind: 'known', client: clients[verdict.place] as Client };
  }
}

const AMBIGUOUS_TEXT =
  'this login and password are in several accounts: sign in at a domain that begins with the Sid of yours';

const AMBIGUOUS: SignIn = {
  kind: 'answer',
  status: 403,
  headers: [['Warning', `399 trunkline "${AMBIGUOUS_TEXT}"`]],
  because: 'ambiguous-login',
};
