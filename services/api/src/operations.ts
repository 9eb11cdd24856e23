import { accountOperations } from './accounts/account-operations.js';
import type { AccountPorts } from './accounts/account-ports.js';
import { callOperations } from './calls/call-operations.js';
import { clientOperations } from './clients/client-operations.js';
import { historyOperations } from './history/history-operations.js';
import type { HistoryPorts } from './history/history-ports.js';
import type { Operation } from './operation.js';
import { numberOperations } from './phone-numbers/number-operations.js';
import type { CallPorts } from './ports.js';
import { rateOperations } from './rates/rate-operations.js';
import type { RoutingPorts } from './routing/routing-ports.js';
import { type StreamPorts, streamOperations } from './streams/stream-operations.js';
import { trunkOperations } from './trunks/trunk-operations.js';

/** What the operations work with, feature by feature. */
export interface ApiPorts {
  calls: CallPorts;
  history: HistoryPorts;
  streams: StreamPorts;
  /** For rates as well. */
  accounts: AccountPorts;
  routing: RoutingPorts;
}

/** Everything that the API can do: the router, the metrics and the OpenAPI document are made from this list. */
export function listOperations(ports: ApiPorts): readonly Operation[] {
  return [
    ...callOperations(ports.calls),
    ...streamOperations(ports.streams),
    ...historyOperations(ports.history),
    ...accountOperations(ports.accounts),
    ...rateOperations(ports.accounts),
    ...trunkOperations(ports.routing),
    ...numberOperations(ports.routing),
    ...clientOperations(ports.routing),
  ];
}
