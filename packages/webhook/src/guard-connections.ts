import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressPolicy } from './address-policy.js';
import { ForbiddenAddressError, WebhookError } from './errors.js';
import type { HostAddress, HostResolver } from './resolve-host.js';

export interface ConnectionGuard {
  policy: AddressPolicy;
  resolve: HostResolver;
  connectTimeoutMs: number;
  /** Of all origins together, idle ones included. */
  maxConnections: number;
}

/**
 * Creates a connector that opens connections only to addresses that the policy lets pass. The check is part of the
 * connection's own name lookup, so that the address that was checked is the one that is connected, whatever DNS says
 * a moment later.
 */
export function guardConnections(guard: ConnectionGuard): buildConnector.connector {
  const connect = buildConnector({ timeout: guard.connectTimeoutMs, lookup: guardedLookup(guard) });
  let open = 0;
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    const complaint = isIP(host) ? guard.policy(host) : null;
    if (complaint) return callback(forbidden(host, complaint), null);
    if (open >= guard.maxConnections) return callback(tooMany(guard.maxConnections), null);
    open += 1;
    connect(options, (...[error, socket]) => {
      if (error) {
        open -= 1;
        callback(error, null);
      } else {
        socket.once('close', () => {
          open -= 1;
        });
        callback(null, socket);
      }
    });
  };
}

function guardedLookup({ policy, resolve }: ConnectionGuard): LookupFunction {
  return (host, options, callback) => {
    resolve(host).then(
      (found) => {
        const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : options.family || 0;
        const usable = found.filter((one) => family === 0 || one.family === family);
        const allowed = usable.filter(({ address }) => policy(address) === null);
        const [first] = allowed;
        if (!first) callback(nothingToConnect(host, usable, policy), '', 0);
        else if (options.all) callback(null, allowed);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

function nothingToConnect(host: string, found: HostAddress[], policy: AddressPolicy): Error {
  const [first] = found;
  if (first) return forbidden(host, policy(first.address) ?? 'refused');
  return Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
}

function forbidden(host: string, complaint: string): ForbiddenAddressError {
  return new ForbiddenAddressError(`${host} may not be called: it is at ${complaint}`);
}

function tooMany(maxConnections: number): WebhookError {
  return new WebhookError(`${maxConnections} connections are open, which is as many as there may be`, {
    retryable: true,
  });
}
