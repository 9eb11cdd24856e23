import { mintSid } from '@trunkline/contracts';
import type { NewTrunk, StoredTrunk } from '@trunkline/store';
import { AlreadySetError, BadParameterError } from '../errors.js';
import { type Caller, defineOperation, item, type Operation, page } from '../operation.js';
import { readPaging } from '../parameters/paging.js';
import { found, readPathSid } from '../parameters/path-sid.js';
import { numberedPage } from '../represent/page.js';
import type { RoutingPorts } from '../routing/routing-ports.js';
import { faultOfOwnNetwork } from './read-network.js';
import { type ShownTrunk, withHealth } from './trunk-health.js';
import {
  newTrunkParameters,
  type TrunkForm,
  trunkChangeParameters,
  trunkListParameters,
} from './trunk-parameters.js';
import { trunkResource } from './trunk-resource.js';
import { changeTrunk, nameOfHost, PLAIN_TRUNK } from './trunk-settings.js';

const TRUNKS_PATH = '/Trunks';
const TRUNK_PATH = '/Trunks/{TrunkSid}';
const TAG = 'Trunks';
const TRUNK = { prefix: 'TK', parameter: 'TrunkSid', noun: 'trunk' } as const;
const REFUSALS = { 409: 'The trunk is from TRUNKS, and changed there' };

/** What the API can do with the ways to and from the telephone network. */
export function trunkOperations(ports: RoutingPorts): Operation[] {
  return [createTrunk(ports), listTrunks(ports), getTrunk(ports), updateTrunk(ports), deleteTrunk(ports)];
}

function createTrunk(ports: RoutingPorts): Operation {
  return defineOperation({
    id: 'create-trunk',
    method: 'post',
    path: TRUNKS_PATH,
    tag: TAG,
    summary: 'Makes a trunk: a way to and from the telephone network',
    description: 'Accounts below this one that have no trunks of their own use these.',
    needs: 'write',
    form: newTrunkParameters,
    exampleForm: {
      Host: 'sip:trunkline:a-password@sip.carrier.example:5061;transport=tls',
      FriendlyName: 'Carrier A',
    },
    success: { status: 201, shows: trunkResource },
    async run({ caller, account, form }) {
      refuseWide(caller, form);
      const sid = mintSid('TK');
      const { host } = form.Host;
      const { changes, password = null } = changeTrunk(form, PLAIN_TRUNK, false);
      const settings = { ...PLAIN_TRUNK, host, ...changes };
      const trunk = await ports.table.createTrunk({
        ...settings,
        name: changes.name ?? nameOfHost(settings),
        sid,
        accountSid: account.sid,
        passwordSealed: sealed(ports, sid, password),
      });
      await tell(ports, trunk);
      return { status: 201, item: item(trunkResource, await shown(ports, trunk)) };
    },
  });
}

function listTrunks(ports: RoutingPorts): Operation {
  return defineOperation({
    id: 'list-trunks',
    method: 'get',
    path: TRUNKS_PATH,
    tag: TAG,
    summary: "The account's own trunks, in the order in which they are tried",
    needs: 'read',
    query: trunkListParameters,
    success: { status: 200, shows: trunkResource, list: true },
    async run({ account, query, kept, door }) {
      const { page: number, pageSize } = readPaging(query, door);
      const { FriendlyName: name } = query;
      const filter = name === undefined ? {} : { name };
      const { items, total } = await ports.table.listTrunksOf(account.sid, filter, {
        page: number,
        pageSize,
      });
      const trunks = await withHealth(ports, items);
      return {
        status: 200,
        page: page(trunkResource, numberedPage({ items: trunks, total, page: number, pageSize, kept })),
      };
    },
  });
}

function getTrunk(ports: RoutingPorts): Operation {
  return defineOperation({
    id: 'get-trunk',
    method: 'get',
    path: TRUNK_PATH,
    tag: TAG,
    summary: 'One trunk, and how it looks from each dialer',
    needs: 'read',
    success: { status: 200, shows: trunkResource },
    async run({ account, path }) {
      const sid = readPathSid(TRUNK, path);
      const trunk = found(TRUNK, sid, await ports.table.readTrunk(account.sid, sid));
      return { status: 200, item: item(trunkResource, await shown(ports, trunk)) };
    },
  });
}

function updateTrunk(ports: RoutingPorts): Operation {
  return defineOperation({
    id: 'update-trunk',
    method: 'post',
    path: TRUNK_PATH,
    tag: TAG,
    summary: 'Changes a trunk, for calls that begin from then on',
    description: 'What is absent stays; an empty value takes away what may be absent.',
    needs: 'write',
    form: trunkChangeParameters,
    exampleForm: { Enabled: 'false' },
    success: { status: 200, shows: trunkResource },
    refusals: REFUSALS,
    async run({ caller, account, path, form }) {
      refuseWide(caller, form);
      const sid = readPathSid(TRUNK, path);
      const written = await ports.table.updateTrunk(account.sid, sid, (before) => {
        refuseOfEnvironment(before);
        const { changes, password } = changeTrunk(form, before, before.passwordSealed !== null);
        return {
          ...changes,
          ...(password !== undefined && { passwordSealed: sealed(ports, sid, password) }),
        };
      });
      const trunk = found(TRUNK, sid, written);
      await tell(ports, trunk);
      return { status: 200, item: item(trunkResource, await shown(ports, trunk)) };
    },
  });
}

function deleteTrunk(ports: RoutingPorts): Operation {
  return defineOperation({
    id: 'delete-trunk',
    method: 'delete',
    path: TRUNK_PATH,
    tag: TAG,
    summary: 'Removes a trunk; calls that are on it go on',
    needs: 'write',
    evenInactive: true,
    success: { status: 204 },
    refusals: REFUSALS,
    async run({ account, path }) {
      const sid = readPathSid(TRUNK, path);
      refuseOfEnvironment(found(TRUNK, sid, await ports.table.readTrunk(account.sid, sid)));
      const trunk = found(TRUNK, sid, await ports.table.deleteTrunk(account.sid, sid));
      await ports.directory.remove({ kind: 'trunk', trunk: told(trunk) });
      return { status: 204 };
    },
  });
}

/** Who is heard is for the account at the top to say. @throws BadParameterError */
function refuseWide(
  { account }: Caller,
  { InboundAddresses: addresses }: Pick<TrunkForm, 'InboundAddresses'>,
) {
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

/** Without what only the database knows. */
function told({ environmentPlace: _, ...trunk }: StoredTrunk): Omit<StoredTrunk, 'environmentPlace'> {
  return trunk;
}

function tell({ directory }: RoutingPorts, trunk: StoredTrunk): Promise<void> {
  return directory.put({ kind: 'trunk', trunk: told(trunk) });
}

async function shown(ports: RoutingPorts, trunk: StoredTrunk): Promise<ShownTrunk> {
  const [one = { trunk, health: [] }] = await withHealth(ports, [trunk]);
  return one;
}
