import { MediaError } from '@trunkline/media';
import { expect, test } from 'vitest';
import { answerOffer } from './answer-offer.js';

type Session = NonNullable<Parameters<typeof answerOffer>[0]>;

function failing(error: Error): Session {
  return {
    answer: () => {
      throw error;
    },
  } as unknown as Session;
}

test('an offer before there is audio, or with which nothing can be agreed on, is refused; faults of ours are not hidden', () => {
  expect(answerOffer(null, 'offer')).toBeNull();
  expect(answerOffer(failing(new MediaError('no codec in common')), 'offer')).toBeNull();
  expect(() => answerOffer(failing(new TypeError('a fault')), 'offer')).toThrow('a fault');
});
