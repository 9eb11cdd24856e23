import type { CallControl, InlineMarkup, MarkupRequest, RejectReason } from './call-control.js';
import { FallbackFailedError, RedirectLoopError } from './errors.js';
import { type MarkupElement, parseMarkup } from './parse.js';
import { findVerb } from './verbs/registry.js';
import type { VerbOutcome } from './verbs/verb.js';

/** Where a call's markup is, or the markup itself. */
export interface Script {
  start: MarkupRequest | InlineMarkup;
  /** Used once, when `start` cannot be fetched or read; Redirects do not use it. */
  fallback: MarkupRequest | null;
}

/**
 * How a script ended. `ended`: the markup ran out or said Hangup: hang up now. `rejected`: it refused the call. `failed`:
 * there is no usable markup, or the call could not be answered. `stopped`: the signal.
 */
export type ScriptEnd =
  | { kind: 'ended'; by: 'end-of-document' | 'hangup' }
  | { kind: 'rejected'; reason: RejectReason }
  | { kind: 'failed'; error: Error }
  | { kind: 'stopped' };

/** Documents in a row without a pause: so many as fast as they come, then one a second, then the end. */
const QUICK_DOCUMENTS = 10;
const MAX_DOCUMENTS = 100;
const PACE_SECONDS = 1;
/** A customer's mistake in a loop must not fill the log. */
const MAX_WARNINGS = 100;

/**
 * Gets the script's document and obeys it, verb after verb, document after document. Never rejects.
 *
 * A call that came is answered by the first verb that needs somebody to listen. One that reaches its Hangup, or the end of
 * the markup, unanswered is answered and then hung up on, as at Twilio: only Reject refuses a call.
 */
export async function runScript(
  script: Script,
  control: CallControl,
  signal: AbortSignal,
): Promise<ScriptEnd> {
  try {
    return await new Interpreter(control, signal).run(script);
  } catch (error) {
    return signal.aborted ? { kind: 'stopped' } : { kind: 'failed', error: asError(error) };
  }
}

interface MarkupDocument {
  /** Null for inline markup. */
  url: string | null;
  response: MarkupElement;
}

class Interpreter {
  /** Since the call last spent time in a verb. */
  private documents = 0;
  private warnings = 0;

  constructor(
    private readonly control: CallControl,
    private readonly signal: AbortSignal,
  ) {}

  async run(script: Script): Promise<ScriptEnd> {
    let document = await this.fetchFirst(script);
    for (;;) {
      const outcome = await this.runDocument(document);
      if (outcome.kind === 'rejected') return outcome;
      if (this.signal.aborted) return { kind: 'stopped' };
      if (outcome.kind === 'hangup') return this.end('hangup');
      if (outcome.kind !== 'redirect') return this.end('end-of-document');
      await this.keepPace();
      document = await this.fetch(outcome.request);
    }
  }

  private async end(by: 'end-of-document' | 'hangup'): Promise<ScriptEnd> {
    await this.answer();
    return this.signal.aborted ? { kind: 'stopped' } : { kind: 'ended', by };
  }

  private async answer(): Promise<void> {
    if (!this.control.isAnswered()) await this.control.answer(this.signal);
  }

  private async fetchFirst({ start, fallback }: Script): Promise<MarkupDocument> {
    try {
      return 'markup' in start ? this.readInline(start) : await this.fetch(start);
    } catch (error) {
      if (fallback === null || this.signal.aborted) throw error;
      return await this.fetchFallback(fallback, asError(error));
    }
  }

  private async fetchFallback(fallback: MarkupRequest, first: Error): Promise<MarkupDocument> {
    const message = `the fallback is used: ${first.message}`;
    this.warn({ verb: 'Response', message, line: null, cause: first });
    try {
      return await this.fetch(fallback);
    } catch (error) {
      throw new FallbackFailedError(first, asError(error));
    }
  }

  private readInline({ markup }: InlineMarkup): MarkupDocument {
    this.signal.throwIfAborted();
    this.documents += 1;
    return { url: null, response: parseMarkup(markup, null) };
  }

  private async fetch(request: MarkupRequest): Promise<MarkupDocument> {
    this.signal.throwIfAborted();
    this.documents += 1;
    const { url, contentType, body } = await this.control.fetchMarkup(request, this.signal);
    return { url, response: parseMarkup(body, contentType) };
  }

  /** Only the children of Response are verbs: what is inside of a skipped one is skipped with it. */
  private async runDocument({ url, response }: MarkupDocument): Promise<VerbOutcome> {
    if (response.text !== '')
      this.warn({ verb: 'Response', message: 'text outside of a verb is ignored', line: response.line });
    for (const element of response.children) {
      if (this.signal.aborted) break;
      const outcome = await this.runVerb(element, url);
      if (outcome.kind === 'waited') this.documents = 0;
      else if (outcome.kind !== 'next') return outcome;
    }
    return { kind: 'next' };
  }

  private async runVerb(element: MarkupElement, documentUrl: string | null): Promise<VerbOutcome> {
    const { control, signal } = this;
    const warn = (message: string) => this.warn({ verb: element.name, message, line: element.line });
    const verb = findVerb(element.name);
    if ('complaint' in verb) {
      warn(verb.complaint);
      if (verb.needsAnswer) await this.answer();
      return { kind: 'next' };
    }
    for (const name of element.attributes.keys())
      if (!verb.attributes.includes(name)) warn(`it has no attribute ${name}: ignored`);
    if (verb.needsAnswer) await this.answer();
    return await verb.run(element, { control, signal, documentUrl, warn });
  }

  private async keepPace(): Promise<void> {
    if (this.documents >= MAX_DOCUMENTS) throw new RedirectLoopError(this.documents);
    if (this.documents >= QUICK_DOCUMENTS) await this.control.pause(PACE_SECONDS, this.signal);
  }

  private warn(warning: Parameters<CallControl['warn']>[0]): void {
    this.warnings += 1;
    if (this.warnings < MAX_WARNINGS) this.control.warn(warning);
    if (this.warnings === MAX_WARNINGS)
      this.control.warn({ ...warning, message: `${warning.message} (and no more warnings for this call)` });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
