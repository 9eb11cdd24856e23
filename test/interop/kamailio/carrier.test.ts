/** Kamailio as a carrier between the cluster and the telephone network: digest by SHA-256, Record-Route, registration. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bindUdpTransport,
  createUserAgent,
  systemClock,
  type Transport,
  type UserAgent,
} from '@trunkline/sip';
import { createTestAuthority } from '@trunkline/sip/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, recorded, startCluster } from '../../support/cluster.js';
import { Customer } from '../../support/customer.js';
import { eventually } from '../../support/deadline.js';
import { Kamailio, type KamailioSight } from '../../support/kamailio.js';
import { sdp } from '../../support/sdp.js';

const LOGIN = { Username: 'line', Password: 'a-long-pass-phrase-1' };
const NUMBER = '+493012345';
const isInstalled = Boolean(process.env.TEST_KAMAILIO && process.env.TEST_KAMAILIO_MODULES);
const certificates = isInstalled ? makeCertificates() : null;

let cluster: Cluster;
let customer: Customer;
let carrier: Kamailio;
let folder: string;
/** Somebody in the telephone network. */
let caller: { transport: Transport; agent: UserAgent };
const trunks: string[] = [];

describe.skipIf(!isInstalled)('Kamailio as a carrier, where it is installed', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carrier-'));
    const dialer: Record<string, string> = certificates ? { SIP_TLS_CA: join(folder, 'ca.pem') } : {};
    if (certificates) await writeFile(join(folder, 'ca.pem'), certificates.ca);
    [cluster, customer, caller] = await Promise.all([
      startCluster({ trunks: '', env: { dialer } }),
      Customer.start(),
      startCaller(),
    ]);
    carrier = await Kamailio.start({
      username: LOGIN.Username,
      password: LOGIN.Password,
      network: { port: cluster.simulatorPort },
      callers: { port: caller.transport.local.port },
      ...(certificates ? { certificates } : {}),
    });
  });

  afterEach(async () => {
    for (const sid of trunks.splice(0)) await cluster.api.send('DELETE', `/Trunks/${sid}`);
  });

  afterAll(async () => {
    await caller?.agent.close();
    await Promise.all([cluster?.stop(), customer?.stop(), carrier?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  test.each(['udp', 'tcp'])(
    'over %s: lets a call pass for the password by SHA-256, and stays in its way',
    async (transport) => {
      await createTrunk({ Transport: transport });
      const sid = await place('+15551230007');
      expect((await cluster.events.endOf(sid)).data).toMatchObject({
        status: 'completed',
        hangupSide: 'local',
        endReason: 'script-ended',
      });
      const seen = await wholeCall();
      expect(seen.map(({ what }) => what)).toEqual([
        'INVITE',
        'INVITE',
        '200 INVITE',
        'ACK',
        'BYE',
        '200 BYE',
      ]);
      expect(seen[0]?.credentials).toBe('');
      expect(seen[1]?.credentials).toMatch(/username="line".*algorithm=SHA-256/);
      expect(seen[4]).toMatchObject({
        protocol: transport,
        route: expect.stringContaining(`:${carrier.port}`),
      });
      expect(await recorded(cluster, sid, 'completed')).toMatchObject({
        attempts: [
          { sip_code: 200, failure: null, target: `${transport.toUpperCase()} 127.0.0.1:${carrier.port}` },
        ],
      });
    },
  );

  test('brings the BYE of the far end', async () => {
    await createTrunk();
    const sid = await place('+15551230009', '<Response><Pause length="60"/></Response>');
    expect((await cluster.events.endOf(sid)).data).toMatchObject({
      status: 'completed',
      hangupSide: 'remote',
    });
    const bye = lastCall().find(({ what }) => what === 'BYE');
    expect(bye).toMatchObject({
      fromPort: cluster.simulatorPort,
      route: expect.stringContaining(`:${carrier.port}`),
    });
  });

  test('brings a CANCEL to a phone that rings', async () => {
    await createTrunk();
    const sid = await place('+15551230003');
    await cluster.events.of(sid, 'ringing');
    expect((await cluster.api.endCall(sid, 'canceled')).status).toBe(200);
    expect((await cluster.events.endOf(sid)).data).toMatchObject({ status: 'canceled', sipCode: 487 });
    expect(lastCall().map(({ what }) => what)).toEqual(
      expect.arrayContaining(['CANCEL', '487 INVITE', 'ACK']),
    );
  });

  test('refuses a wrong password: the call fails as unauthorized, and its attempt says so', async () => {
    await createTrunk({ Password: 'another-pass-phrase' });
    const sid = await place('+15551230007');
    expect((await cluster.events.endOf(sid)).data).toMatchObject({
      status: 'failed',
      endReason: 'unauthorized',
      sipCode: 407,
      attempts: [{ sipCode: 407, failure: 'unauthorized' }],
    });
    expect(lastCall().filter(({ what }) => what === 'INVITE')).toHaveLength(2);
  });

  test('is registered with, and brings calls for what was registered', async () => {
    customer.serve('/voice', '<Response><Say>hello</Say><Pause length="1"/></Response>');
    await cluster.api.send('POST', '/IncomingPhoneNumbers', {
      PhoneNumber: NUMBER,
      VoiceUrl: customer.url('/voice'),
    });
    const trunk = await createTrunk({ Register: 'true', RegisterExpires: '60' });
    await eventually(10_000, 'it is registered', async () => {
      const { health } = await cluster.api.send('GET', `/Trunks/${trunk}`);
      return (health as { registered: boolean | null }[]).some(({ registered }) => registered) || null;
    });
    const [, register] = carrier.seen.entries.filter(({ what }) => what === 'REGISTER');
    expect(register?.credentials).toContain('algorithm=SHA-256');

    const ours = call();
    expect(await ours.until('bye remote')).toEqual(['180', '200', 'bye remote']);
    const [first] = await inboundCalls(1);
    expect((await cluster.events.endOf(first as string)).data).toMatchObject({
      direction: 'inbound',
      status: 'completed',
      to: NUMBER,
      from: '+15559990000',
      hangupSide: 'local',
    });
    expect(lastCall().find(({ what }) => what === 'BYE')?.route).toContain(`:${carrier.port}`);

    customer.serve('/voice', '<Response><Say>hello</Say><Pause length="60"/></Response>');
    const theirs = call();
    await theirs.until('200');
    const [, second] = await inboundCalls(2);
    theirs.placed.bye();
    expect((await cluster.events.endOf(second as string)).data).toMatchObject({
      status: 'completed',
      hangupSide: 'remote',
    });

    await cluster.api.send('POST', `/Trunks/${trunk}`, { Register: 'false' });
    await eventually(10_000, 'it is not registered any more', async () => {
      const heard = await call().ended();
      return heard.at(-1) === 'rejected 480' || null;
    });
  });

  test.skipIf(!certificates)(
    'over TLS, where openssl makes a certificate: as long as the certificate is its own',
    async () => {
      const trunk = await createTrunk({ Transport: 'tls', Port: String(carrier.tlsPort) });
      const sid = await place('+15551230007');
      expect((await cluster.events.endOf(sid)).data).toMatchObject({ status: 'completed', sipCode: 200 });
      const seen = await wholeCall();
      expect(seen.flatMap(({ what, protocol }) => (/^\d/.test(what) ? [] : `${what} ${protocol}`))).toEqual([
        'INVITE tls',
        'INVITE tls',
        'ACK tls',
        'BYE tls',
      ]);
      await cluster.api.send('POST', `/Trunks/${trunk}`, { Port: String(carrier.foreignTlsPort) });
      const other = await place('+15551230007');
      const { data } = await cluster.events.endOf(other);
      expect(data).toMatchObject({
        status: 'failed',
        endReason: 'unreachable',
        attempts: [{ target: `TLS 127.0.0.1:${carrier.foreignTlsPort}`, failure: 'unreachable' }],
      });
      expect(lastCall()).toEqual(seen);
    },
  );
});

/** Null without openssl. */
function makeCertificates() {
  const authority = createTestAuthority();
  if (!authority) return null;
  const [own, foreign] = [authority.issue('IP:127.0.0.1'), authority.issue('DNS:other.example')];
  authority.close();
  return { ca: authority.ca, own, foreign };
}

async function startCaller() {
  const transport = await bindUdpTransport({ host: '127.0.0.1', port: 0 });
  const { port } = transport.local;
  const publicAddress = () => ({ host: '127.0.0.1', port });
  return { transport, agent: createUserAgent({ transport, clock: systemClock, publicAddress }) };
}

/** The Sid of a trunk to the carrier; it is gone after the test. */
async function createTrunk(form: Record<string, string> = {}): Promise<string> {
  const plain = { Host: '127.0.0.1', Port: String(carrier.port), Transport: 'udp', ...LOGIN };
  const { sid } = await cluster.api.send('POST', '/Trunks', { ...plain, ...form });
  trunks.push(String(sid));
  return String(sid);
}

async function place(to: string, markup = '<Response><Pause length="1"/></Response>'): Promise<string> {
  const url = customer.serve('/answered', markup);
  return (await cluster.api.createCall({ From: '+15559990000', To: to, Url: url })).sid;
}

/** What the carrier saw of the call that came to it last. */
function lastCall(): KamailioSight[] {
  const last = carrier.seen.entries.findLast(({ what }) => what === 'INVITE');
  return carrier.seen.entries.filter(({ callId }) => callId === last?.callId);
}

/** The same, once it is over. */
function wholeCall(): Promise<KamailioSight[]> {
  return eventually(5_000, 'the BYE is answered', async () =>
    lastCall().some(({ what }) => what === '200 BYE') ? lastCall() : null,
  );
}

/** Somebody calls our number over the carrier, which knows us as the user that has registered. */
function call() {
  const heard: string[] = [];
  let isOver = false;
  const placed = caller.agent.invite({
    requestUri: `sip:${LOGIN.Username}@127.0.0.1:${carrier.port}`,
    from: { uri: 'sip:+15559990000@127.0.0.1' },
    to: { uri: `sip:${NUMBER}@127.0.0.1` },
    targets: [{ host: '127.0.0.1', port: carrier.port }],
    offer: sdp(40_000),
    handlers: {
      onSent: () => {},
      onProvisional: ({ status }) => {
        if (status > 100) heard.push(String(status));
      },
      onAnswered: ({ status }) => void heard.push(String(status)),
      onEnded: (end) => {
        isOver = true;
        if (end.kind === 'bye') heard.push(`bye ${end.side}`);
        else heard.push(end.kind === 'rejected' ? `rejected ${end.status}` : end.kind);
      },
    },
  });
  const until = (last: string) =>
    eventually(10_000, `${last} after ${heard}`, async () => (heard.at(-1) === last ? heard : null));
  const ended = async () => {
    const given = eventually(1_000, 'the call is refused', async () => isOver || null);
    await given.catch(() => placed.cancel());
    return heard;
  };
  return { placed, until, ended };
}

/** The Sids of the inbound calls, oldest first, once there are so many. */
async function inboundCalls(count: number): Promise<string[]> {
  return eventually(10_000, `${count} calls have come`, async () => {
    const inbound = cluster.events.entries.filter(({ data }) => data.direction === 'inbound');
    const sids = [...new Set(inbound.map(({ subject }) => subject))];
    return sids.length >= count ? sids : null;
  });
}
