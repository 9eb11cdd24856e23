import { env, readConfig, serviceShape } from '@trunkline/runtime';

/** What the simulator is told by its environment. */
export type SimulatorConfig = ReturnType<typeof readSimulatorConfig>;

/** @throws ConfigError naming every variable that is wrong */
export function readSimulatorConfig(environment = process.env) {
  return readConfig(
    {
      ...serviceShape,
      SIMULATOR_PORT: env.port(5080),
      /** It is a pretend carrier: unless told otherwise nobody outside this machine reaches it. */
      SIP_BIND: env.text('127.0.0.1'),
      SIP_PUBLIC_ADDRESS: env.optional(env.text()),
      RTP_PORTS: env.portRange('30000-34999'),
      /** Who numbers that end in 0011 let through. */
      SIMULATOR_USER: env.text('trunk'),
      SIMULATOR_PASSWORD: env.text('secret'),
    },
    environment,
  );
}
