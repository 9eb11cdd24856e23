export type {
  BatchConsumer,
  Bus,
  BusOptions,
  ConsumeBatchesOptions,
  ConsumeEachOptions,
  Consumer,
  Delivery,
  Fences,
  Leases,
  LiveCallEntry,
  LiveCalls,
  Outbox,
  OutboxOptions,
} from './bus.js';
export { connectBus } from './connect-bus.js';
export {
  BusRefusedError,
  BusUnavailableError,
  LiveCallTakenError,
  MalformedMessageError,
  NoResponderError,
} from './errors.js';
