import type { Bus } from '@trunkline/bus';
import type { Sealer } from '@trunkline/directory';
import type { Logger } from '@trunkline/runtime';
import type { DirectoryWriter } from '../accounts/directory-writer.js';
import type { RoutingTable } from '../ports.js';

/** What the operations on trunks, numbers and clients work with. */
export interface RoutingPorts {
  table: RoutingTable;
  /** Tells the rest of the cluster. */
  directory: Pick<DirectoryWriter, 'put' | 'remove'>;
  /** Seals passwords, each for the Sid of its trunk or client. */
  sealer: Pick<Sealer, 'seal'>;
  bus: Pick<Bus, 'isConnected'> & {
    readonly leases: Pick<Bus['leases'], 'list'>;
    readonly locations: Pick<Bus['locations'], 'read' | 'change'>;
  };
  log: Pick<Logger, 'warn'>;
  /** How many an account may have, with those that count with it; 0: no limit. */
  limits: { trunks: number; numbers: number; clients: number };
  /** Whether accounts below others take numbers themselves. */
  accountsTakeNumbers: boolean;
}
