import { env, readConfig, serviceShape } from '@trunkline/runtime';

/** @throws ConfigError naming every variable that is wrong */
export function readNotifierConfig(environment = process.env) {
  return readConfig(
    {
      ...serviceShape,
      NATS_URL: env.url(['nats', 'tls']),
      /** Opens the tokens that sign callbacks: the same as the api's. */
      SECRET_KEY: env.optional(env.text()),
      /** Whether callbacks may go to private addresses. */
      CALLBACK_ALLOW_PRIVATE: env.boolean(false),
      /** For one request; ms here. */
      CALLBACK_TIMEOUT: env.seconds(6),
      /** Requests under way to one origin, and altogether. */
      CALLBACKS_PER_HOST: env.integer({ default: 16, min: 1, max: 1000 }),
      CALLBACKS_UNDER_WAY: env.integer({ default: 512, min: 1, max: 10_000 }),
      /** Callbacks held in memory, about 4 KB each; the rest waits in the stream. */
      CALLBACKS_HELD: env.integer({ default: 20_000, min: 1, max: 1_000_000 }),
    },
    environment,
  );
}
