import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openSipTransports, type SipListeners } from './open-transports.js';

const CONFIG: SipListeners['config'] = {
  SIP_BIND: '127.0.0.1',
  SIP_PORT: 0,
  SIP_TLS_KEY: undefined,
  SIP_TLS_CERT: undefined,
  SIP_TLS_CA: undefined,
  SIP_SOURCE_RATE: 10,
  tcpPort: 0,
  tlsPort: null,
};
const open = (changes: Partial<SipListeners['config']> = {}, trusted: string[] = []) =>
  openSipTransports({ config: { ...CONFIG, ...changes }, isTrusted: (host) => trusted.includes(host) });

test('UDP and TCP are listened on, and what is not listened on is spoken all the same', async () => {
  const transport = await open();
  expect(transport.localOf('UDP')?.port).toBeGreaterThan(0);
  expect(transport.localOf('TCP')?.port).toBeGreaterThan(0);
  expect(transport.localOf('TLS')).toBeNull();
  const nobody = { host: '127.0.0.1', port: 1, protocol: 'TLS' } as const;
  const error = await new Promise((sent) => transport.send(Buffer.from('x'), nobody, sent));
  expect(error).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
  await transport.close();
});

test.each([
  ['SIP_TLS_KEY', { SIP_TLS_KEY: '/nowhere/key.pem' }],
  ['SIP_TLS_CA', { SIP_TLS_CA: '/nowhere/ca.pem' }],
  ['SIP_TLS_CERT', { tlsPort: 5061 }],
  ['SIP_BIND', { SIP_BIND: '192.0.2.1' }],
])('what cannot be opened names %s', async (variable, changes) => {
  await expect(open(changes)).rejects.toThrow(variable);
});

test('a stranger may send so much a second and no more; a trunk as much as it likes', async () => {
  for (const [trusted, heard] of [[[], 10] as const, [['127.0.0.1'], 30] as const]) {
    const transport = await open({}, [...trusted]);
    let count = 0;
    const done = new Promise<void>((resolve) => {
      transport.onMessage((data) => {
        count += 1;
        if (data.toString().startsWith('OPTIONS 29')) resolve();
      });
    });
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    for (let n = 0; n < 30; n += 1)
      socket.send(`OPTIONS ${n} SIP/2.0\r\n\r\n`, transport.local.port, '127.0.0.1');
    if (trusted.length > 0) await done;
    else await expect.poll(() => count + transport.counts().droppedByRate).toBe(30);
    // A bucket may be a little larger than what drips into it in a second.
    expect(count).toBeGreaterThanOrEqual(heard);
    expect(transport.counts().droppedByRate > 0).toBe(trusted.length === 0);
    socket.close();
    await transport.close();
  }
});
