/** Something the user can mend; `hint` says how. Shown without a stack trace. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';

  /**
   * @param {string} message
   * @param {string} [hint]
   */
  constructor(message, hint = '') {
    super(message);
    this.hint = hint;
  }
}

/** A process ended, or was not ready in time, while it was starting. */
export class StartError extends Error {
  /** @override */
  name = 'StartError';

  /**
   * @param {string} message
   * @param {string} tail the last lines that it wrote
   */
  constructor(message, tail) {
    super(message);
    this.tail = tail;
  }
}

/** The user asked to stop while something was being prepared. */
export class StoppedError extends Error {
  /** @override */
  name = 'StoppedError';
}
