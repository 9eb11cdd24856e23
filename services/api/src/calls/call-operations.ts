import type { Operation } from '../operation.js';
import type { CallPorts } from '../ports.js';

/** What can be done with calls. */
export function callOperations(_ports: CallPorts): readonly Operation[] {
  return [];
}
