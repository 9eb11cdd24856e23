import { sourceOf } from './source-limits.js';

/** How many streams others have opened to us, in all and from each source: what is over is closed at once. */
export class Admission {
  private readonly bySource = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly options: {
      max: number;
      maxPerSource: number;
      isTrusted?: ((host: string) => boolean) | undefined;
    },
  ) {}

  /** Takes a place, or tells that there is none. */
  enter(host: string): boolean {
    const { max, maxPerSource, isTrusted } = this.options;
    const source = sourceOf(host);
    const already = this.bySource.get(source) ?? 0;
    if (this.total >= max) return false;
    if (already >= maxPerSource && !(isTrusted?.(host) && already < maxPerSource * TRUSTED_FACTOR))
      return false;
    this.bySource.set(source, already + 1);
    this.total += 1;
    return true;
  }

  /** Gives a place back. */
  leave(host: string): void {
    const source = sourceOf(host);
    const left = (this.bySource.get(source) ?? 0) - 1;
    if (left > 0) this.bySource.set(source, left);
    else this.bySource.delete(source);
    this.total -= 1;
  }
}

/** A trunk may open more than a stranger, but not all. */
const TRUSTED_FACTOR = 10;
