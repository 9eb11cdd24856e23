import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freeTcpPorts, requireFreePorts } from './ports.mjs';

test('free ports differ from one another, and the preferred one comes first when it is free', async () => {
  const [preferred = 0] = await freeTcpPorts(1);
  const ports = await freeTcpPorts(20, [preferred]);
  expect(ports[0]).toBe(preferred);
  expect(new Set(ports).size).toBe(20);
});

test('a preferred port that is taken is replaced', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  expect(await freeTcpPorts(1, [port])).not.toEqual([port]);
});

test('a taken port is refused with the name of the variable that chooses another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
  onTestFinished(() => void [server.close(), socket.close()]);
  const { port: tcp } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const { port: udp } = socket.address();
  const check = (/** @type {number} */ port, /** @type {'TCP' | 'UDP'} */ protocol) =>
    requireFreePorts([{ port, protocol, variable: 'SOME_PORT' }]);
  await expect(check(tcp, 'TCP')).rejects.toMatchObject({ hint: expect.stringContaining('SOME_PORT=') });
  await expect(check(udp, 'UDP')).rejects.toThrow(`UDP port ${udp} is taken`);
});
