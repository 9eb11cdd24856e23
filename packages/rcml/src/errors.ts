/** A document that cannot be obeyed; the message says what is wrong, on which line, and how to mend it. */
export class MarkupError extends Error {
  override readonly name = 'MarkupError';
  readonly retryable = false;
  /** Counted from 1; null when the fault is the document as a whole. */
  readonly line: number | null;

  constructor(
    private readonly what: string,
    line: number | null,
    options?: ErrorOptions,
  ) {
    super(line === null ? what : `line ${line}: ${what}`, options);
    this.line = line;
  }

  /** The same fault with something more to say about it. */
  withNote(note: string): MarkupError {
    return new MarkupError(`${this.what} (${note})`, this.line, { cause: this });
  }
}

/** Redirects led from document to document and nothing else happened. */
export class RedirectLoopError extends Error {
  override readonly name = 'RedirectLoopError';
  readonly retryable = false;

  constructor(documents: number) {
    super(`${documents} documents were fetched without any pause between them: the Redirects go in a circle`);
  }
}

/** Neither the first URL nor its fallback gave usable markup; `cause` is what befell the fallback. */
export class FallbackFailedError extends Error {
  override readonly name = 'FallbackFailedError';
  readonly retryable = false;

  constructor(first: Error, fallback: Error) {
    super(`no markup: ${first.message}; and from the fallback: ${fallback.message}`, { cause: fallback });
  }
}
