import { type Client, mintSid } from '@trunkline/contracts';
import { type ClientChanges, ConflictError } from '@trunkline/store';
import { AlreadySetError, BadParameterError } from '../errors.js';
import { defineOperation, item, type Operation, page } from '../operation.js';
import { readPaging } from '../parameters/paging.js';
import { found, readPathSid } from '../parameters/path-sid.js';
import { numberedPage } from '../represent/page.js';
import type { RoutingPorts } from '../routing/routing-ports.js';
import { PLAIN_VOICE, voiceChangesOf } from '../voice/voice-parameters.js';
import { faultOfPassword } from './check-password.js';
import {
  clientChangeParameters,
  clientListParameters,
  isEnabledIn,
  newClientParameters,
} from './client-parameters.js';
import { clientResource, type ShownClient } from './client-resource.js';
import { forgetDevices, readDevices } from './registered-devices.js';

const CLIENTS_PATH = '/Clients';
const CLIENT_PATH = '/Clients/{ClientSid}';
const TAG = 'Clients';
const CLIENT = { prefix: 'CL', parameter: 'ClientSid', noun: 'client' } as const;

/** What the API can do with softphones. */
export function clientOperations(ports: RoutingPorts): Operation[] {
  return [
    createClient(ports),
    listClients(ports),
    getClient(ports),
    updateClient(ports),
    deleteClient(ports),
  ];
}

function createClient(ports: RoutingPorts): Operation {
  return defineOperation({
    id: 'create-client',
    method: 'post',
    path: CLIENTS_PATH,
    tag: TAG,
    summary: 'Makes a client: a softphone, or several of one person, that registers here',
    needs: 'write',
    form: newClientParameters,
    exampleForm: {
      Login: 'alice',
      Password: 'a-long-pass-phrase-1',
      VoiceUrl: 'https://example.com/from-alice',
    },
    success: { status: 201, shows: clientResource },
    refusals: { 409: 'The account has a client with that login' },
    async run({ account, form }) {
      const sid = mintSid('CL');
      const { Login: login, Password: password } = form;
      const creating = ports.table.createClient({
        sid,
        accountSid: account.sid,
        login,
        friendlyName: form.FriendlyName ?? login,
        enabled: isEnabledIn(form) ?? true,
        passwordSealed: sealed(ports, { sid, login }, password),
        voice: { ...PLAIN_VOICE, ...voiceChangesOf(form) },
      });
      const client = await orTaken(creating);
      await ports.directory.put({ kind: 'client', client });
      return { status: 201, item: item(clientResource, { client, devices: [] }) };
    },
  });
}

function listClients({ table }: RoutingPorts): Operation {
  return defineOperation({
    id: 'list-clients',
    method: 'get',
    path: CLIENTS_PATH,
    tag: TAG,
    summary: 'The clients of the account, by login',
    needs: 'read',
    query: clientListParameters,
    success: { status: 200, shows: clientResource, list: true },
    async run({ account, query, kept, door }) {
      const { page: number, pageSize } = readPaging(query, door);
      const { Login: login, FriendlyName: friendlyName } = query;
      const filter = {
        ...(login !== undefined && { login }),
        ...(friendlyName !== undefined && { friendlyName }),
      };
      const { items, total } = await table.listClientsOf(account.sid, filter, { page: number, pageSize });
      const clients = items.map((client): ShownClient => ({ client, devices: null }));
      return {
        status: 200,
        page: page(clientResource, numberedPage({ items: clients, total, page: number, pageSize, kept })),
      };
    },
  });
}

function getClient(ports: RoutingPorts): Operation {
  return defineOperation({
    id: 'get-client',
    method: 'get',
    path: CLIENT_PATH,
    tag: TAG,
    summary: 'One client, and its devices that are registered just now',
    needs: 'read',
    success: { status: 200, shows: clientResource },
    async run({ account, path }) {
      const sid = readPathSid(CLIENT, path);
      const client = found(CLIENT, sid, await ports.table.readClient(account.sid, sid));
      return { status: 200, item: item(clientResource, await withDevices(ports, client)) };
    },
  });
}

function updateClient(ports: RoutingPorts): Operation {
  return defineOperation({
    id: 'update-client',
    method: 'post',
    path: CLIENT_PATH,
    tag: TAG,
    summary: 'Changes a client, its password too',
    description: 'What is absent stays; an empty value takes away what may be absent.',
    needs: 'write',
    form: clientChangeParameters,
    exampleForm: { Enabled: 'false' },
    success: { status: 200, shows: clientResource },
    async run({ account, path, form }) {
      const sid = readPathSid(CLIENT, path);
      const { FriendlyName: friendlyName, Password: password } = form;
      const enabled = isEnabledIn(form);
      const before = found(CLIENT, sid, await ports.table.readClient(account.sid, sid));
      const changes: ClientChanges = {
        ...(friendlyName !== undefined && { friendlyName }),
        ...(enabled !== undefined && { enabled }),
        ...(password !== undefined && { passwordSealed: sealed(ports, before, password) }),
        voice: voiceChangesOf(form),
      };
      const client = found(CLIENT, sid, await ports.table.updateClient(account.sid, sid, changes));
      await ports.directory.put({ kind: 'client', client });
      if (password !== undefined || !client.enabled) await forgetDevices(ports, sid);
      return { status: 200, item: item(clientResource, await withDevices(ports, client)) };
    },
  });
}

function deleteClient(ports: RoutingPorts): Operation {
  return defineOperation({
    id: 'delete-client',
    method: 'delete',
    path: CLIENT_PATH,
    tag: TAG,
    summary: 'Removes a client; its calls that are live go on',
    needs: 'write',
    evenInactive: true,
    success: { status: 204 },
    async run({ account, path }) {
      const sid = readPathSid(CLIENT, path);
      const client = found(CLIENT, sid, await ports.table.deleteClient(account.sid, sid));
      await ports.directory.remove({ kind: 'client', client });
      await forgetDevices(ports, sid);
      return { status: 204 };
    },
  });
}

async function withDevices(ports: RoutingPorts, client: Client): Promise<ShownClient> {
  return { client, devices: await readDevices(ports, client.sid) };
}

/** @throws BadParameterError for a password that is too easy to guess */
function sealed(
  { sealer }: RoutingPorts,
  { sid, login }: Pick<Client, 'sid' | 'login'>,
  password: string,
): string {
  const fault = faultOfPassword(password, login);
  if (fault !== null) throw new BadParameterError('Password', fault);
  return sealer.seal(password, sid).toString('base64');
}

async function orTaken<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (cause) {
    if (!(cause instanceof ConflictError)) throw cause;
    throw new AlreadySetError('Login is taken already in this account', { cause });
  }
}
