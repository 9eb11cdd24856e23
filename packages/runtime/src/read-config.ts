import { z } from 'zod';
import { ConfigError } from './errors.js';

/**
 * Reads the environment through a shape whose keys are variable names. An empty variable counts as absent, and blanks
 * around a value are dropped. The result is frozen.
 * @throws ConfigError with every fault at once
 */
export function readConfig<S extends z.ZodRawShape>(
  shape: S,
  env: NodeJS.ProcessEnv,
): Readonly<z.infer<z.ZodObject<S>>> {
  const names = Object.keys(shape);
  const given = Object.fromEntries(names.map((name) => [name, env[name]?.trim() || undefined]));
  const result = z.object(shape).safeParse(given);
  if (!result.success) throw configError(result.error);
  return Object.freeze(result.data);
}

function configError(error: z.ZodError): ConfigError {
  const faults = new Map<string, string>();
  for (const issue of error.issues) {
    const name = String(issue.path[0] ?? 'environment');
    if (!faults.has(name)) faults.set(name, issue.message);
  }
  const width = Math.max(...[...faults.keys()].map((name) => name.length));
  const lines = [...faults].map(([name, fault]) => `  ${name.padEnd(width)}  ${fault}`);
  const count = faults.size === 1 ? 'a fault' : `${faults.size} faults`;
  return new ConfigError(`The environment has ${count}:\n${lines.join('\n')}`, faults);
}
