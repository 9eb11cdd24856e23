import type { Verb } from './verb.js';

/** `<Hangup/>`: ends the call now; one that came and is not answered yet is answered first, see `runScript`. */
export const hangup: Verb = {
  attributes: [],
  needsAnswer: false,
  run: async () => ({ kind: 'hangup' }),
};
