/** baresip as the phone of a client, through the whole cluster: two dialers, over UDP, TCP and TLS. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Certificate, createTestAuthority } from '@trunkline/sip/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Baresip, type BaresipAccount } from '../../support/baresip.js';
import { type Cluster, recorded, startCluster } from '../../support/cluster.js';
import { Customer } from '../../support/customer.js';
import { eventually } from '../../support/deadline.js';

const PASSWORD = 'a-long-pass-phrase-1';
const PAUSE = '<Response><Pause length="1"/></Response>';

const isInstalled = Boolean(process.env.TEST_BARESIP && process.env.TEST_BARESIP_MODULES);
const certificate = isInstalled ? makeCertificate() : null;

let cluster: Cluster;
let customer: Customer;
let folder: string;
let phones: Baresip[] = [];

describe.skipIf(!isInstalled)('baresip, where it is installed', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certificate-'));
    const dialer = await certifiedDialer();
    [cluster, customer] = await Promise.all([
      startCluster({ dialers: 2, env: { dialer } }),
      Customer.start(),
    ]);
  });

  afterEach(async () => {
    await Promise.all(phones.map((phone) => phone.stop()));
    phones = [];
  });

  afterAll(async () => {
    await Promise.all([cluster?.stop(), customer?.stop(), rm(folder, { recursive: true, force: true })]);
  });

  test('registers by its password, is called, hears and is heard', async () => {
    const { account } = await createClient('alice');
    const phone = await startPhone(account);
    const sid = await callClient('alice', PAUSE);
    const { data } = await cluster.events.endOf(sid);
    expect(data).toMatchObject({ status: 'completed', hangupSide: 'local', endReason: 'script-ended' });
    expect(await phone.sees(/^CALL_ESTABLISHED$/)).toMatchObject({
      direction: 'incoming',
      peeruri: expect.stringMatching(/^sip:\+15559990000@127\.0\.0\.1/),
    });
    await phone.sees(/^CALL_CLOSED$/);
    const [heard] = await eventually(5_000, 'packets are counted', async () => emptyIsNull(phone.audio()));
    expect(heard?.sent).toBeGreaterThan(25);
    expect(heard?.received).toBeGreaterThan(25);
    expect(await recorded(cluster, sid, 'completed')).toMatchObject({
      to: 'alice',
      attempts: [{ trunk: expect.stringMatching(/^sip:alice-/), sip_code: 200, failure: null }],
    });
  });

  test('is refused with a wrong password', async () => {
    const { account } = await createClient('bob');
    const phone = await Baresip.start();
    phones.push(phone);
    await expect(phone.register({ ...account, password: 'another-pass-phrase' })).rejects.toThrow(
      /REGISTER_FAIL 403/,
    );
  });

  test('calls, its VoiceUrl says what happens, and either side hangs up', async () => {
    const { account, path } = await createClient('carol');
    const phone = await startPhone({ ...account, displayName: 'Carol' });
    customer.serve(path, '<Response><Say>hello</Say><Pause length="1"/></Response>');
    await phone.run('dial', '+15551112222');
    const first = await inboundCall('carol', 1);
    expect((await cluster.events.endOf(first)).data).toMatchObject({
      status: 'completed',
      direction: 'inbound',
      from: 'carol',
      to: '+15551112222',
      callerName: 'Carol',
      hangupSide: 'local',
    });
    expect(customer.sentTo(path)[0]?.params).toMatchObject({
      CallSid: first,
      Direction: 'inbound',
      From: 'carol',
      To: '+15551112222',
    });
    await phone.sees(/^CALL_CLOSED$/);

    customer.serve(path, '<Response><Say>hello</Say><Pause length="60"/></Response>');
    await phone.run('dial', 'dave');
    const second = await inboundCall('carol', 2);
    await cluster.events.of(second, 'in-progress');
    await phone.run('hangup');
    expect((await cluster.events.endOf(second)).data).toMatchObject({
      status: 'completed',
      to: 'dave',
      hangupSide: 'remote',
    });
  });

  test('hears busy when its VoiceUrl rejects the call', async () => {
    const { account, path } = await createClient('erin');
    const phone = await startPhone(account);
    customer.serve(path, '<Response><Reject reason="busy"/></Response>');
    await phone.run('dial', '1000');
    expect((await phone.sees(/^CALL_CLOSED$/)).param).toMatch(/486/);
  });

  test('rings beside another of the same client; the first to answer has the call, the other is canceled', async () => {
    const { account } = await createClient('frank');
    const there = { ...account, answers: 'manual' as const, server: sipServer(1) };
    const [first, second] = [await startPhone(there), await startPhone({ ...account, answers: 'manual' })];
    const sid = await callClient('frank', PAUSE);
    await Promise.all([first.sees(/^CALL_INCOMING$/), second.sees(/^CALL_INCOMING$/)]);
    await second.run('accept');
    expect(await first.sees(/^CALL_CLOSED$/)).toMatchObject({ direction: 'incoming' });
    await second.sees(/^CALL_ESTABLISHED$/);
    expect((await cluster.events.endOf(sid)).data).toMatchObject({ status: 'completed', sipCode: 200 });
    expect(first.events.entries.map(({ type }) => type)).not.toContain('CALL_ESTABLISHED');
    const { attempts } = await recorded(cluster, sid, 'completed');
    expect((attempts as { sip_code: number }[]).map(({ sip_code }) => sip_code).sort()).toEqual([200, 487]);
  });

  test('declines, and the call ends busy', async () => {
    const { account } = await createClient('grace');
    const phone = await startPhone({ ...account, answers: 'manual' });
    const sid = await callClient('grace', PAUSE);
    await phone.sees(/^CALL_INCOMING$/);
    await phone.run('hangup');
    expect((await cluster.events.endOf(sid)).data).toMatchObject({ status: 'busy' });
  });

  test.each(['udp', 'tcp'] as const)(
    'over %s: registers with one dialer and is called by both',
    async (transport) => {
      const login = `heidi-${transport}`;
      const { account } = await createClient(login);
      const phone = await startPhone({ ...account, transport });
      await expectCallsByBoth(login);
      await expectCallFrom(phone, login);
    },
  );

  test.skipIf(!certificate)('over TLS, where openssl makes a certificate: likewise', async () => {
    const { account, sid } = await createClient('ivan');
    const server = sipServer(0, 'tls');
    const phone = await startPhone({ ...account, transport: 'tls', server });
    expect(await devicesOf(sid)).toEqual([expect.stringContaining('TLS 127.0.0.1:')]);
    await expectCallsByBoth('ivan');
    await expectCallFrom(phone, 'ivan');
  });

  test('renews its call, and may not transfer it', async () => {
    const { account } = await createClient('kate');
    const phone = await startPhone(account);
    const sid = await callClient('kate', '<Response><Pause length="60"/></Response>');
    await phone.sees(/^CALL_ESTABLISHED$/);
    const since = phone.events.entries.length;
    await phone.run('reinvite');
    expect(await phone.sees(/^CALL_REMOTE_SDP$/, since)).toMatchObject({ param: 'answer' });
    await phone.run('transfer', '1000');
    expect(await phone.sees(/^TRANSFER_FAILED$/)).toMatchObject({ param: '603 Decline' });
    // It hangs up by itself then.
    expect((await cluster.events.endOf(sid)).data).toMatchObject({
      status: 'completed',
      hangupSide: 'remote',
    });
  });

  test('gone without a word, it is forgotten with its connection', async () => {
    const { account, sid: client } = await createClient('leo');
    const phone = await startPhone({ ...account, transport: 'tcp' });
    expect(await devicesOf(client)).toHaveLength(1);
    await phone.stop();
    await eventually(5_000, 'leo has no device', async () => (await devicesOf(client)).length === 0 || null);
    const calls = Array.from({ length: 4 }, () => callClient('leo', PAUSE));
    for (const sid of await Promise.all(calls))
      expect((await cluster.events.endOf(sid)).data).toMatchObject({
        status: 'failed',
        endReason: 'not-registered',
      });
  });

  test('unregisters, and cannot be called any more', async () => {
    const { account, sid: client } = await createClient('judy');
    const phone = await startPhone(account);
    expect(await devicesOf(client)).toHaveLength(1);
    await phone.unregister(account);
    await eventually(5_000, 'judy has no device', async () => (await devicesOf(client)).length === 0 || null);
    const sid = await callClient('judy', PAUSE);
    expect((await cluster.events.endOf(sid)).data).toMatchObject({
      status: 'failed',
      endReason: 'not-registered',
    });
  });
});

/** Null without openssl. */
function makeCertificate(): Certificate | null {
  const authority = createTestAuthority();
  const made = authority?.issue('IP:127.0.0.1') ?? null;
  authority?.close();
  return made;
}

/** The key and the certificate of both dialers, in files. */
async function certifiedDialer(): Promise<Record<string, string>> {
  if (!certificate) return {};
  const { key, cert } = certificate;
  const [SIP_TLS_KEY, SIP_TLS_CERT] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await Promise.all([writeFile(SIP_TLS_KEY, key), writeFile(SIP_TLS_CERT, cert)]);
  return { SIP_TLS_KEY, SIP_TLS_CERT };
}

/** Where a dialer listens. */
function sipServer(dialer: number, port: 'sip' | 'tls' = 'sip'): string {
  return `127.0.0.1:${cluster.dialerPorts[dialer]?.[port]}`;
}

async function createClient(login: string): Promise<{ sid: string; path: string; account: BaresipAccount }> {
  const path = `/from-${login}`;
  const { sid } = await cluster.api.send('POST', '/Clients', {
    Login: login,
    Password: PASSWORD,
    VoiceUrl: customer.url(path),
  });
  return { sid: String(sid), path, account: { login, password: PASSWORD, server: sipServer(0) } };
}

/** Where its devices registered from. */
async function devicesOf(clientSid: string): Promise<string[]> {
  const { devices } = await cluster.api.send('GET', `/Clients/${clientSid}`);
  return (devices as { address: string }[]).map(({ address }) => address);
}

/** A phone that is registered; it is gone after the test. */
async function startPhone(account: BaresipAccount): Promise<Baresip> {
  const phone = await Baresip.start();
  phones.push(phone);
  await phone.register(account);
  return phone;
}

async function callClient(login: string, markup: string): Promise<string> {
  const url = customer.serve(`/to-${login}`, markup);
  return (await cluster.api.createCall({ From: '+15559990000', To: `client:${login}`, Url: url })).sid;
}

/** The Sid of the nth call that a client makes. */
function inboundCall(from: string, nth: number): Promise<string> {
  return eventually(10_000, `${from} calls`, async () => {
    const calls = cluster.events.entries.map(({ data }) => data).filter((data) => data.from === from);
    return [...new Set(calls.map(({ sid }) => sid))][nth - 1] ?? null;
  });
}

/** Which of the dialers takes a call is chance. */
async function expectCallsByBoth(login: string): Promise<void> {
  const ways = new Set<string>();
  for (let n = 0; n < 20 && ways.size < 2; n++) {
    const { data, source } = await cluster.events.endOf(await callClient(login, '<Response/>'));
    expect(data, JSON.stringify(data.attempts)).toMatchObject({ status: 'completed', sipCode: 200 });
    ways.add(source.includes('dialer-0') ? 'here' : 'there');
    expect(data.attempts.at(-1)?.why).toMatch(source.includes('dialer-0') ? /here$/ : /at dialer-0-\w+-\w+$/);
  }
  expect([...ways].sort()).toEqual(['here', 'there']);
}

async function expectCallFrom(phone: Baresip, login: string): Promise<void> {
  const since = phone.events.entries.length;
  customer.serve(`/from-${login}`, '<Response/>');
  await phone.run('dial', '+15551112222');
  await phone.sees(/^CALL_ESTABLISHED$/, since);
  await phone.sees(/^CALL_CLOSED$/, since);
}

function emptyIsNull<T>(list: T[]): T[] | null {
  return list.length > 0 ? list : null;
}
