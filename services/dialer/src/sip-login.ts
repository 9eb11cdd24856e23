import type { Call } from '@trunkline/contracts';
import type { Sealer } from '@trunkline/directory';
import type { Credentials } from '@trunkline/sip';
import { NoSecretKeyError } from './errors.js';

/** Opens a password as a call carries it: sealed for that call, in base64. @throws SealError, NoSecretKeyError */
export type PasswordOpener = (passwordSealed: string, callSid: string) => string;

/** @param sealer null where no SECRET_KEY is given */
export function createPasswordOpener(sealer: Sealer | null): PasswordOpener {
  return (passwordSealed, callSid) => {
    if (sealer === null) throw new NoSecretKeyError();
    return sealer.open(Buffer.from(passwordSealed, 'base64'), callSid);
  };
}

/**
 * What this call tells a trunk that asks, in place of the trunk's own credentials; undefined when it has nothing of its
 * own, or nothing that can be opened, which `onFault` is told.
 */
export function sipLoginOf(
  { sid, instructions: { sipAuth } }: Call,
  open: PasswordOpener,
  onFault: (error: Error) => void,
): Credentials | undefined {
  if (sipAuth === null) return undefined;
  try {
    return { username: sipAuth.username, password: open(sipAuth.passwordSealed, sid) };
  } catch (error) {
    onFault(error as Error);
    return undefined;
  }
}
