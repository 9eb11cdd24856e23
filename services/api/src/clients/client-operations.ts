import type { Client } from '@trunkline/contracts';
import { BadParameterError } from '../errors.js';
import type { Operation } from '../operation.js';
import type { OwnedKind } from '../owned/owned-kind.js';
import { ownedOperations } from '../owned/owned-operations.js';
import type { RoutingPorts } from '../routing/routing-ports.js';
import { PLAIN_VOICE, voiceChangesOf } from '../voice/voice-parameters.js';
import { faultOfPassword } from './check-password.js';
import {
  type ClientChangeForm,
  type ClientListQuery,
  clientChangeParameters,
  clientListParameters,
  isEnabledIn,
  type NewClientForm,
  newClientParameters,
} from './client-parameters.js';
import { clientResource, type ShownClient } from './client-resource.js';
import { forgetDevices, readDevices } from './registered-devices.js';

type ClientKind = OwnedKind<Client, ShownClient, NewClientForm, ClientChangeForm, ClientListQuery>;

/** What the API can do with softphones. */
export function clientOperations(ports: RoutingPorts): Operation[] {
  const kind: ClientKind = {
    thing: { prefix: 'CL', parameter: 'ClientSid', noun: 'client' },
    path: '/Clients',
    tag: 'Clients',
    resource: clientResource,
    told: TOLD,
    forms: { new: newClientParameters, change: clientChangeParameters, list: clientListParameters },
    rows: clientRows(ports),
    limit: 'MAX_CLIENTS',
    taken: { message: 'Login is taken already in this account' },
  };
  return ownedOperations(kind, ports.directory);
}

const TOLD: ClientKind['told'] = {
  create: {
    summary: 'Makes a client: a softphone, or several of one person, that registers here',
    exampleForm: {
      Login: 'alice',
      Password: 'a-long-pass-phrase-1',
      VoiceUrl: 'https://example.com/from-alice',
    },
    refusals: { 409: 'The account has a client with that login, or as many clients as it may have' },
  },
  list: { summary: 'The clients of the account, by login' },
  get: { summary: 'One client, and its devices that are registered just now' },
  update: {
    summary: 'Changes a client, its password too',
    description: 'What is absent stays; an empty value takes away what may be absent.',
    exampleForm: { Enabled: 'false' },
  },
  delete: { summary: 'Removes a client; its calls that are live go on', evenInactive: true },
};

function clientRows(ports: RoutingPorts): ClientKind['rows'] {
  const { table, limits } = ports;
  return {
    create({ account, form }, sid) {
      const { Login: login, Password: password } = form;
      const client = {
        ...{ sid, accountSid: account.sid, login, friendlyName: form.FriendlyName ?? login },
        enabled: isEnabledIn(form) ?? true,
        passwordSealed: sealed(ports, { sid, login }, password),
        voice: { ...PLAIN_VOICE, ...voiceChangesOf(form) },
      };
      return table.createClient(client, limits.clients);
    },
    async list({ account, query }, page) {
      const { Login: login, FriendlyName: friendlyName } = query;
      const filter = {
        ...(login !== undefined && { login }),
        ...(friendlyName !== undefined && { friendlyName }),
      };
      const { items, total } = await table.listClientsOf(account.sid, filter, page);
      return { items: items.map((client) => ({ client, devices: null })), total };
    },
    read: (accountSid, sid) => table.readClient(accountSid, sid),
    async update({ account, form }, sid) {
      const { FriendlyName: friendlyName, Password: password } = form;
      const enabled = isEnabledIn(form);
      const before = await table.readClient(account.sid, sid);
      return (
        before &&
        table.updateClient(account.sid, sid, {
          ...(friendlyName !== undefined && { friendlyName }),
          ...(enabled !== undefined && { enabled }),
          ...(password !== undefined && { passwordSealed: sealed(ports, before, password) }),
          voice: voiceChangesOf(form),
        })
      );
    },
    delete: ({ account }, sid) => table.deleteClient(account.sid, sid),
    show: async (client) => ({ client, devices: await readDevices(ports, client.sid) }),
    entryOf: (client) => ({ kind: 'client', client }),
    async afterUpdate({ sid, enabled }, { Password: password }) {
      if (password !== undefined || !enabled) await forgetDevices(ports, sid);
    },
    afterDelete: ({ sid }) => forgetDevices(ports, sid),
  };
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
