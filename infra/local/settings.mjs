import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SetupError } from './errors.mjs';

/**
 * What the sandbox made up once and keeps: losing it would lock its owner out of the data.
 * @typedef {object} Settings
 * @property {{ sid: string, token: string }} account
 * @property {string} secretKey
 * @property {Record<'postgres' | 'redis' | 'nats', string>} secrets
 * @property {Partial<Record<'postgres' | 'redis' | 'nats' | 'demo', number>>} ports those of the last time, so that a psql at hand still fits
 */

/**
 * @param {string} path
 * @returns {Settings}
 */
export function readSettings(path) {
  const settings = existsSync(path) ? parse(path) : newSettings();
  writeSettings(path, settings);
  return settings;
}

/**
 * @param {string} path
 * @param {Settings} settings
 */
export function writeSettings(path, settings) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.part`, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.part`, path);
}

/** @returns {Settings} */
function newSettings() {
  return {
    account: { sid: `AC${uuidv7Hex()}`, token: secret() },
    secretKey: secret(32),
    secrets: newSecrets(),
    ports: {},
  };
}

/** Passwords of hex digits, which need no escaping in a URL or a configuration file. */
export function newSecrets() {
  return { postgres: secret(), redis: secret(), nats: secret() };
}

/** @param {string} path */
function parse(path) {
  try {
    const settings = JSON.parse(readFileSync(path, 'utf8'));
    return { ...settings, ports: settings.ports ?? {} };
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new SetupError(
      `${path} cannot be read: ${why}`,
      'To begin anew, delete .local/data (its calls are lost).',
    );
  }
}

/** The 32 hex digits of a UUIDv7 (RFC 9562 §5.7), like every Sid's. */
function uuidv7Hex() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes.toString('hex');
}

/** @param {number} [bytes] */
function secret(bytes = 16) {
  return randomBytes(bytes).toString('hex');
}
