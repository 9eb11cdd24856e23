import { hangup } from './hangup.js';
import { pause } from './pause.js';
import { redirect } from './redirect.js';
import type { Verb } from './verb.js';

/** The verbs that work. A new one is a file beside this and a line here; names are case-sensitive. */
const VERBS: ReadonlyMap<string, Verb> = new Map([
  ['Hangup', hangup],
  ['Pause', pause],
  ['Redirect', redirect],
]);

/** Verbs of the markup whose room is still empty; only the wording of the warning tells them from a typing error. */
const TO_COME: ReadonlySet<string> = new Set(
  'Dial Email Enqueue Fax Gather Leave Play Record Reject Say Sms'.split(' '),
);

/** The verb of that name, or why there is none. */
export function findVerb(name: string): Verb | { complaint: string } {
  const verb = VERBS.get(name);
  if (verb) return verb;
  return { complaint: TO_COME.has(name) ? 'this release does not do it: skipped' : 'no such verb: skipped' };
}
