export { MediaError, MediaSocketError, NoPortError } from './errors.js';
export { type ClockSource, createMediaClock, type MediaClock, type OnTick } from './media-clock.js';
export { type MediaSession, type MediaSessionOptions, openMediaSession } from './media-session.js';
export { createPortPool, type PortPool } from './port-pool.js';
