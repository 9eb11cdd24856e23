export { MediaError, MediaSocketError, NoPortError } from './errors.js';
export { createMediaClock, type MediaClock } from './media-clock.js';
export { type MediaSession, type MediaSessionOptions, openMediaSession } from './media-session.js';
export { createPortPool, type PortPool } from './port-pool.js';
