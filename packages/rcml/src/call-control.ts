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

/** What the markup can do to a call. The interpreter owns this port; whoever has the call implements it. */
export interface CallControl {
  /** Rejects on a network error, a timeout, a status other than 2xx, and when the signal says so. */
  fetchMarkup(request: MarkupRequest, signal: AbortSignal): Promise<FetchedMarkup>;
  /** Resolves after that many seconds; rejects when the signal says so. */
  pause(seconds: number, signal: AbortSignal): Promise<void>;
  warn(warning: MarkupWarning): void;
}
