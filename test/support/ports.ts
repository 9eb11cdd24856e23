import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** `count` TCP ports that are free now. All are held at once before any is let go, so that none comes twice. */
export async function freeTcpPorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenTcp()));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** `count` UDP ports that are free now on the loopback address. */
export async function freeUdpPorts(count: number): Promise<number[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => bindUdp()));
  const ports = sockets.map((socket) => socket.address().port);
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))));
  return ports;
}

const FIRST_SIP_PORT = 11_000;
const SIP_PORTS_A_WORKER = 560;
const WORKERS = 16;
let nextSipPort = Math.floor(Math.random() * SIP_PORTS_A_WORKER);

/**
 * `count` ports that are free on the loopback address for UDP and TCP, as dialers, carriers and phones listen. They lie below those that the
 * kernel gives to connections, one of which could otherwise have the port by the time that it is listened on; each worker
 * of the tests has its own.
 */
export async function freeSipPorts(count: number): Promise<number[]> {
  const first = FIRST_SIP_PORT + (Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS) * SIP_PORTS_A_WORKER;
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries === SIP_PORTS_A_WORKER) throw new Error('no port is free for UDP and TCP');
    nextSipPort = (nextSipPort + 1) % SIP_PORTS_A_WORKER;
    const port = first + nextSipPort;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  try {
    const socket = await bindUdp(port);
    const server = await listenTcp(port).catch(() => null);
    await new Promise<void>((resolve) => socket.close(resolve));
    if (server) await new Promise((resolve) => server.close(resolve));
    return server !== null;
  } catch {
    return false;
  }
}

async function listenTcp(port = 0): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function bindUdp(port = 0): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
