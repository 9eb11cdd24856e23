/** Waits for `promise`, and says what did not happen when it takes longer than `ms`. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: did not happen within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again, for what no event tells, until the answer is there or the deadline has passed. */
export async function eventually<T>(ms: number, what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + ms;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what}: not so within ${ms} ms`);
}

/** A list that grows, and whose readers can wait for an entry, those already there included. */
export class Log<T> {
  readonly entries: T[] = [];
  private readonly readers = new Set<(entry: T) => void>();

  add(entry: T): void {
    this.entries.push(entry);
    for (const reader of this.readers) reader(entry);
  }

  subscribe(reader: (entry: T) => void): void {
    this.readers.add(reader);
  }

  unsubscribe(reader: (entry: T) => void): void {
    this.readers.delete(reader);
  }

  async waitFor(what: string, matches: (entry: T) => boolean, ms = 15_000): Promise<T> {
    const known = this.entries.find(matches);
    if (known !== undefined) return known;
    let reader: ((entry: T) => void) | undefined;
    const found = new Promise<T>((resolve) => {
      reader = (entry) => matches(entry) && resolve(entry);
      this.readers.add(reader);
    });
    try {
      return await within(ms, what, found);
    } finally {
      if (reader) this.readers.delete(reader);
    }
  }
}
