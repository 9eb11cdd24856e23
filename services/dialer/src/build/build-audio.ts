import { createMediaClock, createPortPool, openMediaSession } from '@trunkline/media';
import { systemClock } from '@trunkline/sip';
import type { Audio, DialerBase } from './dialer-parts.js';
import { createMediaOpener } from './open-media.js';

/** Prepares what the calls' audio shares. */
export function buildAudio({ config, admission, log }: DialerBase): Audio {
  const ports = createPortPool(config.RTP_PORTS);
  const clock = createMediaClock();
  const open = () =>
    openMediaSession({
      ports,
      clock,
      bindHost: config.SIP_BIND,
      publicHost: config.publicAddress,
      onError: (err) => log.debug({ err }, 'a fault in the audio of a call'),
    });
  const opener = createMediaOpener({ open, free: () => ports.free(), admission, clock: systemClock });
  return { ports, clock, open: opener };
}
