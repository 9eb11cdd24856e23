export { LimitsUnavailableError } from './errors.js';
export type {
  CallVerdict,
  ChannelRequest,
  ChannelVerdict,
  HeldCall,
  HeldChannel,
  Limits,
  LimitsOptions,
  Places,
  RequestVerdict,
} from './limits.js';
export { openLimits } from './open-limits.js';
