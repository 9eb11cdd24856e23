import type { Trunk } from '@trunkline/contracts';
import { type OwnedRow, type OwnedTable, toOwned } from './owned-table.js';

/** A trunk as it is stored. */
export interface StoredTrunk extends Trunk {
  /** Its place in TRUNKS, from 1, when the environment made it; else null. */
  environmentPlace: number | null;
}

/** What a trunk is made from. */
export type NewTrunk = Omit<Trunk, 'dateCreated' | 'dateUpdated'>;

/** What can be different later; what is left out stays. */
export type TrunkChanges = Partial<Omit<NewTrunk, 'sid' | 'accountSid'>>;

/** A trunk as the environment says it is. */
export interface EnvironmentTrunk extends NewTrunk {
  /** Its place in TRUNKS, from 1. */
  environmentPlace: number;
  /** A keyed digest of what the environment says: while it is the same, nothing is written. */
  environmentMark: Buffer;
}

const COLUMNS = {
  name: 'name',
  enabled: 'enabled',
  host: 'host',
  port: 'port',
  transport: 'transport',
  outboundProxy: 'outbound_proxy',
  priority: 'priority',
  weight: 'weight',
  numberFormat: 'number_format',
  stripDigits: 'strip_digits',
  numberPrefix: 'number_prefix',
  callerIdHeader: 'caller_id_header',
  hideCallerId: 'hide_caller_id',
  fromDomain: 'from_domain',
  maxChannels: 'max_channels',
  maxCallsPerSecond: 'max_calls_per_second',
  optionsIntervalSeconds: 'options_interval_seconds',
  followRedirects: 'follow_redirects',
  reliableProvisionals: 'reliable_provisionals',
  sessionExpiresSeconds: 'session_expires_seconds',
  allowRefer: 'allow_refer',
  register: 'register',
  registerExpiresSeconds: 'register_expires_seconds',
  username: 'username',
  passwordSealed: 'password_sealed',
  publicAddress: 'public_address',
  inboundAddresses: 'inbound_addresses',
} as const satisfies Record<keyof TrunkChanges, string>;

type TrunkRow = { [Name in keyof typeof COLUMNS as (typeof COLUMNS)[Name]]: Trunk[Name] } & {
  environment_place: number | null;
};

/** The columns that a writer of trunks fills, in the order of `trunkValues`. */
export const TRUNK_COLUMNS: readonly string[] = Object.values(COLUMNS);

export function trunkValues(trunk: NewTrunk): unknown[] {
  return Object.keys(COLUMNS).map((name) => trunk[name as keyof typeof COLUMNS]);
}

export const TRUNK_TABLE: OwnedTable<StoredTrunk, TrunkChanges & { environmentPlace?: undefined }, TrunkRow> =
  {
    name: 'trunks',
    columns: [...TRUNK_COLUMNS, 'environment_place'],
    counted: 'environment_place is null',
    columnsOf: (changes) =>
      Object.fromEntries(
        Object.entries(COLUMNS).map(([name, column]) => [column, changes[name as keyof typeof COLUMNS]]),
      ),
    toThing: (row: TrunkRow & OwnedRow) => ({
      ...toOwned(row),
      ...(Object.fromEntries(
        Object.entries(COLUMNS).map(([name, column]) => [name, row[column]]),
      ) as unknown as Omit<NewTrunk, 'sid' | 'accountSid'>),
      environmentPlace: row.environment_place,
    }),
  };

/** As everybody else knows it. */
export function toTrunk({ environmentPlace: _, ...trunk }: StoredTrunk): Trunk {
  return trunk;
}
