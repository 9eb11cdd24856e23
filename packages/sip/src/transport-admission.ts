/** How many streams others have opened to us, in all and from each address: what is over is closed at once. */
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
    const already = this.bySource.get(host) ?? 0;
    if (this.total >= max) return false;
    if (already >= maxPerSource && !(isTrusted?.(host) && already < maxPerSource * TRUSTED_FACTOR))
      return false;
    this.bySource.set(host, already + 1);
    this.total += 1;
    return true;
  }

  /** Gives a place back. */
  leave(host: string): void {
    const left = (this.bySource.get(host) ?? 0) - 1;
    if (left > 0) this.bySource.set(host, left);
    else this.bySource.delete(host);
    this.total -= 1;
  }
}

/** A trunk may open more than a stranger, but not all. */
const TRUSTED_FACTOR = 10;
