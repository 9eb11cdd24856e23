import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { SetupError } from './errors.mjs';

// Below the range that the kernel takes outgoing connections from: a client that keeps trying to reach a stopped
// server inside that range can end up connected to itself, and the server then never gets its port back.
const FIRST = 11_000;
const LAST = 19_999;

/**
 * `count` different loopback TCP ports that are free now, the preferred ones if they are. All are held at once before
 * any is let go, so that none comes twice; another program can still be quicker, so be ready to ask again.
 * @param {number} count
 * @param {(number | undefined)[]} [preferred]
 * @returns {Promise<number[]>}
 */
export async function freeTcpPorts(count, preferred = []) {
  /** @type {import('node:net').Server[]} */
  const held = [];
  try {
    for (let n = 0; n < count; n++) held.push(await holdPort(preferred[n]));
    return held.map((server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port);
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/**
 * @param {{ port: number, protocol: 'TCP' | 'UDP', variable: string }[]} wanted
 * @throws {SetupError} naming the variable that chooses another port
 */
export async function requireFreePorts(wanted) {
  for (const { port, protocol, variable } of wanted) {
    const isFree = protocol === 'TCP' ? await isTcpPortFree(port) : await isUdpPortFree(port);
    if (isFree) continue;
    throw new SetupError(
      `${protocol} port ${port} is taken by another program.`,
      `Stop that program, or choose another port: ${variable}=… npm start`,
    );
  }
}

/** @param {number | undefined} preferred */
async function holdPort(preferred) {
  for (let tries = 0; tries < 200; tries++) {
    const random = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    const server = await listen(tries === 0 && preferred ? preferred : random, '127.0.0.1');
    if (server) return server;
  }
  throw new SetupError(`No TCP port between ${FIRST} and ${LAST} is free.`);
}

/** @param {number} port */
async function isTcpPortFree(port) {
  const server = await listen(port);
  if (!server) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/**
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<import('node:net').Server | null>}
 */
async function listen(port, host) {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
    return server;
  } catch {
    return null;
  }
}

/** @param {number} port */
async function isUdpPortFree(port) {
  const socket = createSocket('udp4');
  try {
    socket.bind({ port, exclusive: true });
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
