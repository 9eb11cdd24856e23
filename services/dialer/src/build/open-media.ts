import { NoPortError } from '@trunkline/media';
import type { Clock } from '@trunkline/sip';
import type { CallMedia } from '../call/call-surroundings.js';
import { NotAdmittingError } from '../errors.js';
import type { Admission } from '../jobs/admission.js';

export interface MediaOpenerOptions<M extends CallMedia> {
  open: () => Promise<M>;
  /** RTP ports left. */
  free: () => number;
  admission: Admission;
  clock: Clock;
}

const LOOK_MS = 250;

/**
 * Opens the audio of calls, and closes admission while no port is left. It is done before the call is claimed, so that
 * no call fails here for want of a port that another dialer has.
 * @throws NotAdmittingError from what it returns, when no port is free
 */
export function createMediaOpener<M extends CallMedia>(options: MediaOpenerOptions<M>): () => Promise<M> {
  const { open, free, admission, clock } = options;
  let isWaiting = false;

  /** Ports come back by themselves after their quarantine, and nobody tells. */
  function waitForPorts(): void {
    isWaiting = free() === 0;
    admission.set('no-ports', isWaiting);
    if (isWaiting) clock.after(LOOK_MS, waitForPorts);
  }

  return async () => {
    try {
      return await open();
    } catch (error) {
      if (error instanceof NoPortError) throw new NotAdmittingError(['no-ports']);
      throw error;
    } finally {
      if (!isWaiting && free() === 0) waitForPorts();
    }
  };
}
