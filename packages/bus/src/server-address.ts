import type { ConnectionOptions } from 'nats';
import { BusRefusedError } from './errors.js';

type ServerAddress = Pick<ConnectionOptions, 'servers' | 'token' | 'user' | 'pass' | 'tls'>;

/**
 * Reads `nats://host:port` (or `tls:`), several joined by commas. The client does not look for credentials in it, so
 * they are taken out here: `token@`, or `user:password@`, of the first server that has some.
 * @throws BusRefusedError without the URL in its message, since that may hold a password
 */
export function parseServerAddress(url: string): ServerAddress {
  const urls = url.split(',').map((part) => parseOne(part.trim()));
  const address: ServerAddress = { servers: urls.map((one) => one.host) };
  const login = urls.find((one) => one.username !== '');
  if (login?.password) {
    address.user = decodeURIComponent(login.username);
    address.pass = decodeURIComponent(login.password);
  } else if (login) {
    address.token = decodeURIComponent(login.username);
  }
  if (urls.some((one) => one.protocol === 'tls:')) address.tls = {};
  return address;
}

function parseOne(text: string): URL {
  const url = tryParse(text);
  if (!url || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
    throw new BusRefusedError('the address of NATS must look like nats://host:4222');
  }
  return url;
}

function tryParse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
