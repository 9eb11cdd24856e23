import { type Attempt, type Call, type EndReason, isFinalStatus } from '@trunkline/contracts';
import { AttemptList, type AttemptWatch } from './attempts.js';

export interface AttemptKeeper {
  call: () => Call;
  /** Puts them into the call's record. */
  keep: (attempts: Attempt[]) => void;
  /** Why we are taking the call back; null when we are not. */
  takenBackFor: () => EndReason | null;
  now: () => Date;
}

/** Keeps the attempts of a call in its record. An INVITE that we took back failed for our reason, and not for that of the 487. */
export function watchAttempts({ call, keep, takenBackFor, now }: AttemptKeeper): AttemptWatch {
  const list = new AttemptList(call().attempts);
  const time = () => now().toISOString();
  const note = () => {
    // What was told as over stays as it was told.
    if (!isFinalStatus(call().status)) keep(list.all());
  };
  return {
    begin: (start) => {
      const close = list.begin(start, time());
      note();
      return {
        end: (end) => {
          if (close({ ...end, failure: takenBackFor() ?? end.failure }, time())) note();
        },
      };
    },
  };
}
