import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { env } from './env-values.js';
import { ConfigError } from './errors.js';
import { readConfig } from './read-config.js';
import { serviceShape } from './service-shape.js';

function faultsOf(shape: z.ZodRawShape, environment: NodeJS.ProcessEnv): Record<string, string> {
  try {
    readConfig(shape, environment);
  } catch (error) {
    if (error instanceof ConfigError) return Object.fromEntries(error.faults);
  }
  throw new Error('no ConfigError was thrown');
}

test('values are typed, trimmed and converted', () => {
  const shape = {
    PORT: env.port(),
    LIMIT: env.integer({ min: -5 }),
    WAIT: env.seconds(),
    ON: env.boolean(),
    NAME: env.text(),
    URL: env.url(['postgres', 'postgresql']),
    RTP: env.portRange(),
    MODE: env.choice(['fast', 'slow']),
    MAYBE: env.optional(env.port()),
  };
  const config = readConfig(shape, {
    PORT: ' 8080 ',
    LIMIT: '-3',
    WAIT: '1.5',
    ON: 'TRUE',
    NAME: 'x',
    URL: 'postgresql://u:p@h/d',
    RTP: '20000-29999',
    MODE: 'slow',
    MAYBE: '1',
    OTHER: 'ignored',
  });
  expect(config).toEqual({
    PORT: 8080,
    LIMIT: -3,
    WAIT: 1500,
    ON: true,
    NAME: 'x',
    URL: 'postgresql://u:p@h/d',
    RTP: { from: 20_000, to: 29_999 },
    MODE: 'slow',
    MAYBE: 1,
  });
  expect(Object.isFrozen(config)).toBe(true);
  expectTypeOf(config.MODE).toEqualTypeOf<'fast' | 'slow'>();
  expectTypeOf(config.MAYBE).toEqualTypeOf<number | undefined>();
});

test('absent and empty variables take the default', () => {
  const shape = {
    PORT: env.port(5060),
    WAIT: env.seconds(2),
    RTP: env.portRange('10-20'),
    NAME: env.text(''),
    OFF: env.boolean(false),
    MAYBE: env.optional(env.port()),
  };
  expect(readConfig(shape, { PORT: '', WAIT: '  ' })).toEqual({
    PORT: 5060,
    WAIT: 2000,
    RTP: { from: 10, to: 20 },
    NAME: '',
    OFF: false,
    MAYBE: undefined,
  });
});

test('every fault is reported at once, by name and with what is expected', () => {
  const shape = {
    API_PORT: env.port(),
    DATABASE_URL: env.url(['postgres', 'postgresql']),
    NATS_URL: env.url(['nats']),
    RTP_PORTS: env.portRange(),
    DRAIN_TIMEOUT: env.seconds(),
    MAYBE: env.optional(env.port()),
  };
  expect(
    faultsOf(shape, {
      API_PORT: '80a',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      RTP_PORTS: '30000-20000',
      DRAIN_TIMEOUT: '-1',
      MAYBE: '70000',
    }),
  ).toEqual({
    API_PORT: 'must be a whole number from 1 to 65535',
    DATABASE_URL: 'must be a URL that begins with postgres:// or postgresql://',
    NATS_URL: 'is not set: give a URL that begins with nats://',
    RTP_PORTS: 'must be a range of ports with an even one and the odd one after it, such as 20000-29999',
    DRAIN_TIMEOUT: 'must be seconds, such as 30 or 0.5',
    MAYBE: 'must be a whole number from 1 to 65535',
  });
});

test.each(['20001-20001', '20000-20000', '20001-20002'])('%s holds no pair of ports', (RTP_PORTS) => {
  expect(Object.keys(faultsOf({ RTP_PORTS: env.portRange() }, { RTP_PORTS }))).toEqual(['RTP_PORTS']);
});

test.each(['20000-20001', '20001-20003'])('%s holds one pair of ports', (RTP_PORTS) => {
  expect(() => readConfig({ RTP_PORTS: env.portRange() }, { RTP_PORTS })).not.toThrow();
});

test('a complaint never repeats a value', () => {
  const read = () =>
    readConfig(
      {
        DATABASE_URL: env.url(['postgres']),
        SECRET_KEY: env.text().pipe(z.string().min(16, 'is too short')),
      },
      { DATABASE_URL: 'hunter2', SECRET_KEY: 'hunter3' },
    );
  expect(read).toThrow(/DATABASE_URL {2}must be/);
  expect(read).toThrow(/SECRET_KEY {4}is too short/);
  expect(read).not.toThrow(/hunter/);
});

test('several servers may be joined by commas, and each must be a URL', () => {
  const shape = { NATS_URL: env.url(['nats']) };
  expect(readConfig(shape, { NATS_URL: 'nats://a:4222,nats://b:4222' }).NATS_URL).toContain('b:4222');
  expect(faultsOf(shape, { NATS_URL: 'nats://a:4222,http://b:4222' })).toHaveProperty('NATS_URL');
});

test.each(['0', '65536', '1e3', '0x50', '8080.5', '８０'])('%s is no port', (text) => {
  expect(faultsOf({ PORT: env.port() }, { PORT: text })).toHaveProperty('PORT');
});

test.each(['a.b', 'a b', 'a>', '*', 'x'.repeat(65)])('%s is no namespace', (text) => {
  expect(faultsOf(serviceShape, { NAMESPACE: text })).toHaveProperty('NAMESPACE');
});

test('a service runs with nothing set', () => {
  expect(readConfig(serviceShape, {})).toEqual({
    LOG_LEVEL: 'info',
    HEALTH_PORT: 0,
    HEALTH_HOST: '0.0.0.0',
    DRAIN_TIMEOUT: 30_000,
    NAMESPACE: '',
  });
});
