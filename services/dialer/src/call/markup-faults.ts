import { FallbackFailedError } from '@trunkline/rcml';
import {
  InvalidUrlError,
  UnreachableServerError,
  UnusableResponseError,
  WebhookError,
} from '@trunkline/webhook';
import { MarkupStatusError } from '../errors.js';
import type { CallHistory, NoteBody } from './call-history.js';

/** A request for markup and what came of it, as a note tells them. */
export type Exchange = Required<Pick<NoteBody, 'request' | 'response'>>;

/** Tells a call's owner what is wrong with its markup, each fault once, whichever way it comes here. */
export class MarkupFaults {
  /** What brought the document that is obeyed now; null for one that came with the call. */
  page: Exchange | null = null;
  private readonly told = new WeakSet<Error>();

  constructor(private readonly history: CallHistory) {}

  tell(error: Error): void {
    const fault = error instanceof FallbackFailedError && error.cause instanceof Error ? error.cause : error;
    if (this.told.has(fault)) return;
    this.told.add(fault);
    this.history.note('error', { code: codeOf(fault), message: fault.message, ...this.page });
  }
}

/** The numbers of the original, and of Twilio where it has none. */
const HTTP_FAILED = 11200;
const BAD_URL = 11100;
const NO_CONNECTION = 11205;
const BAD_HTTP = 11206;
const BAD_MARKUP = 12100;

function codeOf(fault: Error): number {
  if (fault instanceof InvalidUrlError) return BAD_URL;
  if (fault instanceof UnreachableServerError) return NO_CONNECTION;
  if (fault instanceof UnusableResponseError) return BAD_HTTP;
  return fault instanceof WebhookError || fault instanceof MarkupStatusError ? HTTP_FAILED : BAD_MARKUP;
}
