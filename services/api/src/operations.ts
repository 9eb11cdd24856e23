import { callOperations } from './calls/call-operations.js';
import type { Operation } from './operation.js';
import type { CallPorts } from './ports.js';

/** What the operations work with, feature by feature. */
export interface ApiPorts {
  calls: CallPorts;
}

/** Everything that the API can do: the router, the metrics and the OpenAPI document are made from this list. */
export function listOperations(ports: ApiPorts): readonly Operation[] {
  return [...callOperations(ports.calls)];
}
