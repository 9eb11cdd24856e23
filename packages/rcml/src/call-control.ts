/** A document to fetch. */
export interface MarkupRequest {
  /** Absolute, http or https. */
  url: string;
  method: 'GET' | 'POST';
}

/** A document that came with the call itself: it has no URL, so that relative ones in it lead nowhere. */
export interface InlineMarkup {
  markup: string;
}

/** A document that was fetched; nobody has looked into it yet. */
export interface FetchedMarkup {
  /** Where it came from in the end, after HTTP redirects: relative URLs in it are resolved against this. */
  url: string;
  /** As the header said it, parameters included. */
  contentType: string | null;
  body: string;
}

/** Something in the markup that was skipped or mended; meant for the log and for whoever wrote the markup. */
export interface MarkupWarning {
  verb: string;
  message: string;
  /** Counted from 1. */
  line: number | null;
  /** What went wrong before, when this is what is done about it. */
  cause?: Error;
}

/** What a caller who is refused is told: that the number is in use, or that nobody wants to talk. */
export type RejectReason = 'busy' | 'rejected';

/** What the markup can do to a call. The interpreter owns this port; whoever has the call implements it. */
export interface CallControl {
  /** Rejects on a network error, a timeout, a status other than 2xx, and when the signal says so. */
  fetchMarkup(request: MarkupRequest, signal: AbortSignal): Promise<FetchedMarkup>;
  /** Whether somebody listens: always so for a call that we placed, since its script begins with the answer. */
  isAnswered(): boolean;
  /**
   * Answers a call that came; does nothing when it is answered already. Rejects when it cannot be answered, and when the
   * signal says so.
   */
  answer(signal: AbortSignal): Promise<void>;
  /** Refuses a call that came and is not answered yet. Nothing can be done with it any more. */
  reject(reason: RejectReason): Promise<void>;
  /** Resolves after that many seconds; rejects when the signal says so. */
  pause(seconds: number, signal: AbortSignal): Promise<void>;
  warn(warning: MarkupWarning): void;
}
