import type { Client, PhoneNumber, Trunk } from '@trunkline/contracts';
import { CLIENT_TABLE, type ClientChanges, type NewClient } from './client.js';
import type { Database } from './database.js';
import type { PageRequest } from './page-request.js';
import { type NewPhoneNumber, PHONE_NUMBER_TABLE, type PhoneNumberChanges } from './phone-number.js';
import { changeOwned } from './queries/owned/change-owned.js';
import { createOwned } from './queries/owned/create-owned.js';
import { deleteOwned } from './queries/owned/delete-owned.js';
import { listOwned } from './queries/owned/list-owned.js';
import { listOwnedOf, type OwnedPage } from './queries/owned/list-owned-of.js';
import { readOwned } from './queries/owned/read-owned.js';
import { updateOwned } from './queries/owned/update-owned.js';
import { keepEnvironmentTrunks } from './queries/trunks/keep-environment-trunks.js';
import {
  type EnvironmentTrunk,
  type NewTrunk,
  type StoredTrunk,
  TRUNK_TABLE,
  type TrunkChanges,
  toTrunk,
} from './trunk.js';

/** All that are given must hold. */
export interface TrunkFilter {
  /** The whole name. */
  name?: string;
}

export interface PhoneNumberFilter {
  /** Digits that the number has one after another, with `*` for any one digit; with a plus in front it begins so. */
  phoneNumber?: string;
  /** The whole name. */
  friendlyName?: string;
}

export interface ClientFilter {
  /** The whole login. */
  login?: string;
  friendlyName?: string;
}

/**
 * The ways to and from phones, of which the api is the one writer: trunks, numbers and clients. Each query's file says
 * more. `max` is the most that an account's branch may have (refuse-beyond.ts), and 0, or none, for no most.
 */
export interface RoutingStore {
  /** Throws LimitReachedError at `max`, without those of the environment. */
  createTrunk(trunk: NewTrunk, max?: number): Promise<StoredTrunk>;
  /**
   * Changes what `decide` says of the trunk as it is, which nobody else changes meanwhile. Null when the account has no
   * such trunk.
   */
  updateTrunk(
    accountSid: string,
    sid: string,
    decide: (before: StoredTrunk) => TrunkChanges,
  ): Promise<StoredTrunk | null>;
  /** The trunk as it was; null when the account has no such trunk. */
  deleteTrunk(accountSid: string, sid: string): Promise<StoredTrunk | null>;
  readTrunk(accountSid: string, sid: string): Promise<StoredTrunk | null>;
  /** The trunks of all accounts. */
  listTrunks(): Promise<Trunk[]>;
  /** In the order in which they are tried: by priority. */
  listTrunksOf(accountSid: string, filter: TrunkFilter, page: PageRequest): Promise<OwnedPage<StoredTrunk>>;
  /** Makes the trunks of the environment these. */
  keepEnvironmentTrunks(trunks: readonly EnvironmentTrunk[]): Promise<void>;

  /** Throws ConflictError when somebody has the number, with or without a plus, LimitReachedError at `max`. */
  createPhoneNumber(number: NewPhoneNumber, max?: number): Promise<PhoneNumber>;
  updatePhoneNumber(
    accountSid: string,
    sid: string,
    changes: PhoneNumberChanges,
  ): Promise<PhoneNumber | null>;
  deletePhoneNumber(accountSid: string, sid: string): Promise<PhoneNumber | null>;
  readPhoneNumber(accountSid: string, sid: string): Promise<PhoneNumber | null>;
  listPhoneNumbers(): Promise<PhoneNumber[]>;
  /** Newest first. */
  listPhoneNumbersOf(
    accountSid: string,
    filter: PhoneNumberFilter,
    page: PageRequest,
  ): Promise<OwnedPage<PhoneNumber>>;

  /** Throws ConflictError when the account has a client with that login, LimitReachedError at `max`. */
  createClient(client: NewClient, max?: number): Promise<Client>;
  updateClient(accountSid: string, sid: string, changes: ClientChanges): Promise<Client | null>;
  deleteClient(accountSid: string, sid: string): Promise<Client | null>;
  readClient(accountSid: string, sid: string): Promise<Client | null>;
  listClients(): Promise<Client[]>;
  /** By login. */
  listClientsOf(accountSid: string, filter: ClientFilter, page: PageRequest): Promise<OwnedPage<Client>>;
}

export function createRoutingStore(database: Database): RoutingStore {
  return { ...trunkQueries(database), ...numberQueries(database), ...clientQueries(database) };
}

function trunkQueries(database: Database) {
  return {
    createTrunk: (trunk: NewTrunk, max = 0) => createOwned(database, TRUNK_TABLE, { thing: trunk, max }),
    updateTrunk: (accountSid: string, sid: string, decide: (before: StoredTrunk) => TrunkChanges) =>
      changeOwned(database, TRUNK_TABLE, { accountSid, sid, decide }),
    deleteTrunk: (accountSid: string, sid: string) => deleteOwned(database, TRUNK_TABLE, { accountSid, sid }),
    readTrunk: (accountSid: string, sid: string) => readOwned(database, TRUNK_TABLE, { accountSid, sid }),
    listTrunks: async () => (await listOwned(database, TRUNK_TABLE)).map(toTrunk),
    listTrunksOf: (accountSid: string, { name }: TrunkFilter, page: PageRequest) =>
      listOwnedOf(database, TRUNK_TABLE, {
        accountSid,
        conditions: [{ id: 'n', test: 'name = ?', value: name }],
        order: 'priority, sid',
        page,
      }),
    keepEnvironmentTrunks: (trunks: readonly EnvironmentTrunk[]) => keepEnvironmentTrunks(database, trunks),
  };
}

function numberQueries(database: Database) {
  const table = PHONE_NUMBER_TABLE;
  return {
    createPhoneNumber: (number: NewPhoneNumber, max = 0) =>
      createOwned(database, table, { thing: number, max }),
    updatePhoneNumber: (accountSid: string, sid: string, changes: PhoneNumberChanges) =>
      updateOwned(database, table, { accountSid, sid, changes }),
    deletePhoneNumber: (accountSid: string, sid: string) => deleteOwned(database, table, { accountSid, sid }),
    readPhoneNumber: (accountSid: string, sid: string) => readOwned(database, table, { accountSid, sid }),
    listPhoneNumbers: () => listOwned(database, table),
    listPhoneNumbersOf: (accountSid: string, filter: PhoneNumberFilter, page: PageRequest) =>
      listOwnedOf(database, table, {
        accountSid,
        conditions: [
          { id: 'p', test: 'phone_number like ?', value: likeOf(filter.phoneNumber) },
          { id: 'n', test: 'friendly_name = ?', value: filter.friendlyName },
        ],
        order: 'sid desc',
        page,
      }),
  };
}

/** Nothing but digits, a plus and `*` counts, so that nothing of it is an escape. */
function likeOf(pattern: string | undefined): string | undefined {
  if (pattern === undefined) return undefined;
  const wanted = pattern.replace(/[^\d+*]/g, '').replaceAll('*', '_');
  return wanted.startsWith('+') ? `${wanted}%` : `%${wanted}%`;
}

function clientQueries(database: Database) {
  const table = CLIENT_TABLE;
  return {
    createClient: (client: NewClient, max = 0) => createOwned(database, table, { thing: client, max }),
    updateClient: (accountSid: string, sid: string, changes: ClientChanges) =>
      updateOwned(database, table, { accountSid, sid, changes }),
    deleteClient: (accountSid: string, sid: string) => deleteOwned(database, table, { accountSid, sid }),
    readClient: (accountSid: string, sid: string) => readOwned(database, table, { accountSid, sid }),
    listClients: () => listOwned(database, table),
    listClientsOf: (accountSid: string, { login, friendlyName }: ClientFilter, page: PageRequest) =>
      listOwnedOf(database, table, {
        accountSid,
        conditions: [
          { id: 'l', test: 'login = ?', value: login },
          { id: 'n', test: 'friendly_name = ?', value: friendlyName },
        ],
        order: 'login',
        page,
      }),
  };
}
