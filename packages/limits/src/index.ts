export { LimitsUnavailableError } from './errors.js';
export type { CallVerdict, HeldCall, Limits, LimitsOptions, Places, RequestVerdict } from './limits.js';
export { openLimits } from './open-limits.js';
