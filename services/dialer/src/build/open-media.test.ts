import { NoPortError } from '@trunkline/media';
import { createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { NotAdmittingError } from '../errors.js';
import { createAdmission } from '../jobs/admission.js';
import { createSilentMedia } from '../testing/call-bench.js';
import { createMediaOpener } from './open-media.js';

function openPool(ports: number) {
  const clock = createVirtualClock();
  const admission = createAdmission([]);
  const story: string[] = [];
  admission.watch((open, obstacles) => story.push(open ? 'open' : obstacles.join()));
  let free = ports;
  const open = createMediaOpener({
    open: async () => {
      if (free === 0) throw new NoPortError(ports);
      free -= 1;
      return createSilentMedia();
    },
    free: () => free,
    admission,
    clock,
  });
  const giveBack = () => {
    free += 1;
  };
  return { clock, story, open, giveBack };
}

test('the last port closes admission, and one that comes back opens it', async () => {
  const { clock, story, open, giveBack } = openPool(2);
  await open();
  expect(story).toEqual([]);
  await open();
  expect(story).toEqual(['no-ports']);
  clock.advance(10_000);
  expect(story).toEqual(['no-ports']);
  giveBack();
  clock.advance(300);
  expect(story).toEqual(['no-ports', 'open']);
  expect(clock.pending()).toBe(0);
});

test('without a port the job is for another dialer', async () => {
  const { open } = openPool(0);
  await expect(open()).rejects.toThrow(NotAdmittingError);
});
