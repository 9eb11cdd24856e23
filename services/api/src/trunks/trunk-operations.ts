import type { NewTrunk, StoredTrunk } from '@trunkline/store';
import { AlreadySetError, BadParameterError } from '../errors.js';
import type { Caller, Operation } from '../operation.js';
import type { OwnedKind } from '../owned/owned-kind.js';
import { ownedOperations } from '../owned/owned-operations.js';
import type { RoutingPorts } from '../routing/routing-ports.js';
import { faultOfOwnNetwork } from './read-network.js';
import { type ShownTrunk, withHealth } from './trunk-health.js';
import {
  type NewTrunkForm,
  newTrunkParameters,
  type TrunkForm,
  type TrunkListQuery,
  trunkChangeParameters,
  trunkListParameters,
} from './trunk-parameters.js';
import { trunkResource } from './trunk-resource.js';
import { changeTrunk, nameOfHost, PLAIN_TRUNK } from './trunk-settings.js';

type TrunkKind = OwnedKind<StoredTrunk, ShownTrunk, NewTrunkForm, TrunkForm, TrunkListQuery>;

/** What the API can do with the ways to and from the telephone network. */
export function trunkOperations(ports: RoutingPorts): Operation[] {
  const kind: TrunkKind = {
    thing: { prefix: 'TK', parameter: 'TrunkSid', noun: 'trunk' },
    path: '/Trunks',
    tag: 'Trunks',
    resource: trunkResource,
    told: TOLD,
    forms: { new: newTrunkParameters, change: trunkChangeParameters, list: trunkListParameters },
    rows: trunkRows(ports),
    limit: 'MAX_TRUNKS',
  };
  return ownedOperations(kind, ports.directory);
}

const OF_ENVIRONMENT = { 409: 'The trunk is from TRUNKS, and changed there' };

const TOLD: TrunkKind['told'] = {
  create: {
    summary: 'Makes a trunk: a way to and from the telephone network',
    description: 'Accounts below this one that have no trunks of their own use these.',
    exampleForm: {
      Host: 'sip:trunkline:a-password@sip.carrier.example:5061;transport=tls',
      FriendlyName: 'Carrier A',
    },
    refusals: { 409: 'The account has as many trunks as it may have' },
  },
  list: { summary: "The account's own trunks, in the order in which they are tried" },
  get: { summary: 'One trunk, and how it looks from each dialer' },
  update: {
    summary: 'Changes a trunk, for calls that begin from then on',
    description: 'What is absent stays; an empty value takes away what may be absent.',
    exampleForm: { Enabled: 'false' },
    refusals: OF_ENVIRONMENT,
  },
  delete: {
    summary: 'Removes a trunk; calls that are on it go on',
    evenInactive: true,
    refusals: OF_ENVIRONMENT,
  },
};

function trunkRows(ports: RoutingPorts): TrunkKind['rows'] {
  const { table, limits } = ports;
  return {
    async create({ caller, account, form }, sid) {
      refuseWide(caller, form);
      const { changes, password = null } = changeTrunk(form, PLAIN_TRUNK, false);
      const settings = { ...PLAIN_TRUNK, host: form.Host.host, ...changes };
      const trunk = {
        ...{ ...settings, sid, accountSid: account.sid },
        name: changes.name ?? nameOfHost(settings),
        passwordSealed: sealed(ports, sid, password),
      };
      return table.createTrunk(trunk, limits.trunks);
    },
    async list({ account, query: { FriendlyName: name } }, page) {
      const filter = name === undefined ? {} : { name };
      const { items, total } = await table.listTrunksOf(account.sid, filter, page);
      return { items: await withHealth(ports, items), total };
    },
    read: (accountSid, sid) => table.readTrunk(accountSid, sid),
    async update({ caller, account, form }, sid) {
      refuseWide(caller, form);
      return table.updateTrunk(account.sid, sid, (before) => {
        refuseOfEnvironment(before);
        const { changes, password } = changeTrunk(form, before, before.passwordSealed !== null);
        const passwordSealed = password === undefined ? before.passwordSealed : sealed(ports, sid, password);
        return { ...changes, passwordSealed };
      });
    },
    async delete({ account }, sid) {
      const trunk = await table.readTrunk(account.sid, sid);
      if (trunk) refuseOfEnvironment(trunk);
      return trunk && table.deleteTrunk(account.sid, sid);
    },
    async show(trunk) {
      const [one = { trunk, health: [] }] = await withHealth(ports, [trunk]);
      return one;
    },
    // Without what only the database knows.
    entryOf: ({ environmentPlace: _, ...trunk }) => ({ kind: 'trunk', trunk }),
  };
}

/** Who is heard is for the account at the top to say. @throws BadParameterError */
function refuseWide(
  { account }: Caller,
  { InboundAddresses: addresses }: Pick<TrunkForm, 'InboundAddresses'>,
): void {
  if (account.parentSid === null) return;
  for (const one of addresses ?? []) {
    const fault = faultOfOwnNetwork(one);
    if (fault !== null) throw new BadParameterError('InboundAddresses', fault);
  }
}

/** What the environment says would be said again at the next start. @throws AlreadySetError */
function refuseOfEnvironment({ environmentPlace }: StoredTrunk): void {
  if (environmentPlace === null) return;
  throw new AlreadySetError(
    'The trunk is from the environment variable TRUNKS: change it there and start the api again, or leave it out there and make it by POST /Trunks',
  );
}

function sealed({ sealer }: RoutingPorts, sid: string, password: string | null): NewTrunk['passwordSealed'] {
  return password === null ? null : sealer.seal(password, sid).toString('base64');
}
