export type {
  CallControl,
  FetchedMarkup,
  InlineMarkup,
  MarkupRequest,
  MarkupWarning,
  RejectReason,
} from './call-control.js';
export { FallbackFailedError, MarkupError, RedirectLoopError } from './errors.js';
export { runScript, type Script, type ScriptEnd } from './interpreter.js';
