export { LimitsUnavailableError } from './errors.js';
export type { HeldCall, Limits, LimitsOptions, RequestVerdict } from './limits.js';
export { openLimits } from './open-limits.js';
