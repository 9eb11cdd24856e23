import type { CallControl, MarkupRequest, RejectReason } from '../call-control.js';
import type { MarkupElement } from '../parse.js';

/** What a verb sees of the world. */
export interface VerbContext {
  control: CallControl;
  signal: AbortSignal;
  /** Where the document came from, for relative URLs; null when it came with the call. */
  documentUrl: string | null;
  /** Tells that something in this element was skipped or mended. */
  warn: (message: string) => void;
}

/** What comes after a verb; `waited` is `next` when the call has spent time in it, which ends a chain of Redirects. */
export type VerbOutcome =
  | { kind: 'next' }
  | { kind: 'waited' }
  | { kind: 'hangup' }
  | { kind: 'rejected'; reason: RejectReason }
  | { kind: 'redirect'; request: MarkupRequest };

/** One verb of the markup. */
export interface Verb {
  /** The attributes that it knows; names are case-sensitive. Others are warned of. */
  attributes: readonly string[];
  /** Whether somebody has to listen: a call that came is answered before it runs. */
  needsAnswer: boolean;
  /** @throws MarkupError when the call cannot go on with this document; rejects when the signal says so. */
  run(element: MarkupElement, context: VerbContext): Promise<VerbOutcome>;
}
