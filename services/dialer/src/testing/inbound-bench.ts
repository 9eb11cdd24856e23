import {
  type CallNote,
  type DirectoryAccount,
  type DirectoryEntry,
  directoryKey,
  mintSid,
  noteKind,
  type Trunk,
} from '@trunkline/contracts';
import { plainClient, plainNumber, plainTrunk } from '@trunkline/contracts/testing';
import { createSealer, type Directory, openDirectory } from '@trunkline/directory';
import { createUserAgent, type SipAddress, type UserAgentOptions } from '@trunkline/sip';
import { createLossyNetwork, createVirtualClock, type LossyNetworkOptions } from '@trunkline/sip/testing';
import { type DialerWorld, startInboundDialer } from './inbound-dialer.js';
import { createCustomer } from './inbound-parties.js';
import { MemoryBus } from './memory-bus.js';
import { createQuietLog } from './quiet-log.js';

const NOW_MS = Date.parse('2026-11-24T12:00:00.000Z');
const SECRET = 'a secret of the cluster, long enough';
const sealer = createSealer(SECRET);

export const ACCOUNT_SID = mintSid('AC');
export const PAGE = 'http://shop.test/voice';
export const CARRIER: SipAddress = { host: '192.0.2.1', port: 5060 };

const account = (changes: Partial<DirectoryAccount> = {}): DirectoryEntry => ({
  kind: 'account',
  sid: ACCOUNT_SID,
  parentSid: null,
  status: 'active',
  currency: 'USD',
  authTokenSealed: '',
  ...changes,
});
const voice = { ...plainNumber().voice, url: PAGE };

/** Sealed for this client, as the api does it. */
export function makeClient(login: string, password: string, changes: Parameters<typeof plainClient>[0] = {}) {
  const sid = mintSid('CL');
  const passwordSealed = sealer.seal(password, sid).toString('base64');
  return plainClient({ sid, accountSid: ACCOUNT_SID, login, passwordSealed, voice, ...changes });
}

export interface WorldOptions extends Omit<LossyNetworkOptions, 'clock'> {
  entries?: DirectoryEntry[];
  trunk?: Partial<Trunk>;
}

/** A cluster of dialers, a carrier, phones and a customer's server, on one clock and one wire. */
export async function createInboundWorld({ entries = [], trunk: changes, ...wire }: WorldOptions = {}) {
  const clock = createVirtualClock();
  const network = createLossyNetwork({ clock, ...wire });
  const bus = new MemoryBus(clock);
  const now = () => new Date(NOW_MS + clock.nowMs());
  const log = createQuietLog();
  const trunk = plainTrunk({ accountSid: ACCOUNT_SID, ...CARRIER, ...changes });
  const number = plainNumber({ accountSid: ACCOUNT_SID, voice });
  const known: DirectoryEntry[] = [
    account(),
    { kind: 'trunk', trunk },
    { kind: 'number', number },
    ...entries,
  ];
  const directory = await openTestDirectory(known);
  const customer = createCustomer();
  const told: CallNote[] = [];
  const counted: string[] = [];

  const agentAt = (at: SipAddress, options: Partial<UserAgentOptions> = {}) =>
    createUserAgent({
      transport: network.attach(at),
      clock,
      publicAddress: () => at,
      ...options,
    });

  const share: DialerWorld = {
    clock,
    now,
    bus,
    log,
    directory,
    customer,
    counted,
    told,
    agentAt,
    secretKey: SECRET,
  };
  /** The story of the last call: names of its events, and the call as it is now. */
  const story = () => {
    const last = bus.told.at(-1);
    return { names: last ? bus.namesOf(last.subject) : [], call: last?.data };
  };
  const notes = () => told.map((note) => [noteKind(note), note.data.code, note.data.message]);
  return {
    clock,
    network,
    bus,
    log,
    directory,
    trunk,
    number,
    customer,
    counted,
    now,
    notes,
    story,
    agentAt,
    startDialer: (dialerId: string, at: SipAddress, more: { maxCalls?: number } = {}) =>
      startInboundDialer(share, { dialerId, at, ...more }),
  };
}
export type InboundWorld = Awaited<ReturnType<typeof createInboundWorld>>;

async function openTestDirectory(entries: readonly DirectoryEntry[]): Promise<Directory> {
  return openDirectory({
    source: {
      watch: async ({ onEntry, onReady }) => {
        for (const entry of entries) onEntry(directoryKey(entry), entry);
        onReady();
        return { stop: () => {} };
      },
    },
    sealer,
    onError: (error) => {
      throw error;
    },
  });
}
