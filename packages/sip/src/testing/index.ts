export { parseMessage } from '../parse-message.js';
export { serializeMessage } from '../serialize-message.js';
export {
  createLossyNetwork,
  type Datagram,
  type LossyNetwork,
  type LossyNetworkOptions,
} from './lossy-network.js';
export { type Certificate, createTestAuthority, type TestAuthority } from './make-certificates.js';
export { createVirtualClock, type VirtualClock } from './virtual-clock.js';
