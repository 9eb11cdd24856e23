import type { Verb } from './verb.js';

/** `<Hangup/>`: ends the call now. */
export const hangup: Verb = {
  attributes: [],
  run: async () => ({ kind: 'hangup' }),
};
