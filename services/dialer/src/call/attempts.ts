import type { Attempt } from '@trunkline/contracts';

/** Where an INVITE goes, and why there. */
export type AttemptStart = Pick<Attempt, 'trunk' | 'trunkSid' | 'target' | 'why'>;

/** What the end of an INVITE was: its final answer, or that there was none, and why. */
export type AttemptEnd = Pick<Attempt, 'sipCode' | 'sipReason' | 'q850Cause' | 'failure'> &
  Partial<Pick<Attempt, 'error'>>;

/** Told of each INVITE as it leaves and as it ends, before the input to the machine that follows from it. */
export interface AttemptWatch {
  begin(start: AttemptStart): OpenAttempt;
}

/** An INVITE under way. */
export interface OpenAttempt {
  /** Only the first counts: an answered call ends too, and its INVITE was over long before. */
  end(end: AttemptEnd): void;
}

/** Of more INVITEs only the last are kept. */
const MAX_ATTEMPTS = 20;

/** The INVITEs of one call, several of which may be under way at once. */
export class AttemptList {
  private attempts: Attempt[];

  constructor(before: readonly Attempt[] = []) {
    this.attempts = [...before];
  }

  all(): Attempt[] {
    return [...this.attempts];
  }

  /** Gives what ends it; that says whether anything changed. */
  begin(start: AttemptStart, startedAt: string): (end: AttemptEnd, endedAt: string) => boolean {
    let current: Attempt = {
      ...start,
      startedAt,
      endedAt: null,
      sipCode: null,
      sipReason: null,
      q850Cause: null,
      failure: null,
      error: null,
    };
    this.attempts = [...this.attempts.slice(1 - MAX_ATTEMPTS), current];
    return (end, endedAt) => {
      const place = this.attempts.indexOf(current);
      if (place === -1 || current.endedAt !== null) return false;
      current = { ...current, ...end, endedAt };
      this.attempts = this.attempts.with(place, current);
      return true;
    };
  }
}

/** The attempts, of which none is under way any more. */
export function endAttempts(attempts: readonly Attempt[], end: AttemptEnd, endedAt: string): Attempt[] {
  return attempts.map((attempt) => (attempt.endedAt === null ? { ...attempt, ...end, endedAt } : attempt));
}
