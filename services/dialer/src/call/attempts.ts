import type { Attempt } from '@trunkline/contracts';

/** What the end of an INVITE was: its final answer, or that there was none. */
export type AttemptEnd = Pick<Attempt, 'sipCode' | 'sipReason' | 'failure'>;

/** Told of each INVITE as it leaves and as it ends, before the input to the machine that follows from it. */
export interface AttemptWatch {
  /** @param trunk host:port as configured */
  begin(trunk: string): void;
  /** Also told when the answered call ends: then the INVITE is over already, and nothing changes. */
  end(end: AttemptEnd): void;
}

/** Of more INVITEs only the last are kept. */
const MAX_ATTEMPTS = 20;

/** The attempts with one more, that begins now. */
export function beginAttempt(attempts: readonly Attempt[], trunk: string, startedAt: string): Attempt[] {
  const begun = {
    trunk,
    trunkSid: null,
    target: null,
    why: '',
    q850Cause: null,
    startedAt,
    endedAt: null,
    sipCode: null,
    sipReason: null,
    failure: null,
  };
  return [...attempts.slice(1 - MAX_ATTEMPTS), begun];
}

/** The attempts with the last one over; as they are when it is so already. */
export function endAttempt(attempts: Attempt[], end: AttemptEnd, endedAt: string): Attempt[] {
  const last = attempts.at(-1);
  if (!last || last.endedAt !== null) return attempts;
  return [...attempts.slice(0, -1), { ...last, ...end, endedAt }];
}
