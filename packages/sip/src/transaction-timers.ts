/** Round-trip estimate, ms (RFC 3261 §17.1.1.1). */
export const T1_MS = 500;
/** The longest time between two retransmissions of anything but an INVITE, ms. */
export const T2_MS = 4000;
/** How long a message may wander about in the network, ms. */
export const T4_MS = 5000;
/** Timers B, F, H, J, L, M, and how long a 2xx waits for its ACK, ms. */
export const GIVE_UP_MS = 64 * T1_MS;
/** Timer D: at least 32 s over UDP (RFC 3261 §17.1.1.2). */
export const TIMER_D_MS = 32_000;
/** An INVITE not answered by then gets a 100, ms (RFC 3261 §17.2.1). */
export const TRYING_MS = 200;

/** The timers of RFC 3261 table 4 and RFC 6026 §8; `trying` is the 200 ms until a 100. */
export type TimerName = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M' | 'trying';
