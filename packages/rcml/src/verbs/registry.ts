import { hangup } from './hangup.js';
import { pause } from './pause.js';
import { redirect } from './redirect.js';
import { reject } from './reject.js';
import type { Verb } from './verb.js';

/** The verbs that work. A new one is a file beside this and a line here; names are case-sensitive. */
const VERBS: ReadonlyMap<string, Verb> = new Map([
  ['Hangup', hangup],
  ['Pause', pause],
  ['Redirect', redirect],
  ['Reject', reject],
]);

/** Verbs of the markup whose room is still empty. Those that need somebody to listen answer the call all the same. */
const NEEDS_LISTENER: ReadonlySet<string> = new Set('Dial Enqueue Gather Leave Play Record Say'.split(' '));
const NEEDS_NOBODY: ReadonlySet<string> = new Set('Email Fax Sms'.split(' '));

/** Why a verb is skipped. */
export interface SkippedVerb {
  complaint: string;
  needsAnswer: boolean;
}

/** The verb of that name, or why there is none. */
export function findVerb(name: string): Verb | SkippedVerb {
  const verb = VERBS.get(name);
  if (verb) return verb;
  const needsAnswer = NEEDS_LISTENER.has(name);
  const isToCome = needsAnswer || NEEDS_NOBODY.has(name);
  return {
    complaint: isToCome ? 'this release does not do it: skipped' : 'no such verb: skipped',
    needsAnswer,
  };
}
