/** A sweep that comes again and again. */
export interface Reconciler {
  /** Ends the sweep under way after its page, and waits for it. */
  stop(): Promise<void>;
}

export interface ReconcilerOptions {
  /** From the end of one sweep to the beginning of the next. */
  everyMs: number;
  sweep: (signal: AbortSignal) => Promise<void>;
  onError: (error: unknown) => void;
}

/** Sweeps until it is stopped, never twice at a time. */
export function startReconciler({ everyMs, sweep, onError }: ReconcilerOptions): Reconciler {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout;
  let underWay: Promise<void> = Promise.resolve();

  const plan = () => {
    timer = setTimeout(() => {
      underWay = sweep(stopping.signal)
        .catch(onError)
        .then(() => (stopping.signal.aborted ? undefined : plan()));
    }, everyMs);
  };
  plan();
  return {
    stop() {
      stopping.abort();
      clearTimeout(timer);
      return underWay;
    },
  };
}
