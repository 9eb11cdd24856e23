/** A variable of the environment is missing or wrong. The message lists every fault; no value is ever in it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly retryable = false;

  constructor(
    message: string,
    /** What is wrong, by the variable's name. */
    readonly faults: ReadonlyMap<string, string>,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The health server could not listen. */
export class HealthServerError extends Error {
  override readonly name = 'HealthServerError';
  readonly retryable = false;
}

/** The process was asked to stop while it still waited for something to become reachable. */
export class StartAbortedError extends Error {
  override readonly name = 'StartAbortedError';
  readonly retryable = false;
}
