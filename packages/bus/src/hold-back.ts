/** What is held back until what is older has come again. What comes twice meanwhile is held once, as it came last. */
export interface HoldBack<T> {
  /** Takes an item; returns what may go on now, oldest first. */
  add(item: T): T[];
  /** Stops waiting; returns what was held, oldest first. */
  release(): T[];
  isHolding(): boolean;
  /** What is held now. */
  held(): T[];
  size(): number;
  /** How many older ones have not come yet. */
  missing(): number;
}

/**
 * The start of a consumer whose predecessor died: the stream gives it what comes next at once, but what the
 * predecessor had not acknowledged only when its time is up. So that nothing overtakes, everything is held until the
 * unacknowledged ones are all here, and then goes on in the order of the stream.
 * @param before.deliveredUpTo the last place in the stream that the predecessor was given
 * @param before.unacknowledged how many of those it had not acknowledged
 */
export function createHoldBack<T extends { streamSequence: number }>(before: {
  deliveredUpTo: number;
  unacknowledged: number;
}): HoldBack<T> {
  // By their place in the stream.
  let items = new Map<number, T>();
  let holding = before.unacknowledged > 0;
  const old = new Set<number>();
  const release = () => {
    holding = false;
    const all = [...items.values()].sort((a, b) => a.streamSequence - b.streamSequence);
    items = new Map();
    return all;
  };
  return {
    add: (item) => {
      if (!holding) return [item];
      items.set(item.streamSequence, item);
      if (item.streamSequence <= before.deliveredUpTo) old.add(item.streamSequence);
      return old.size >= before.unacknowledged ? release() : [];
    },
    release,
    isHolding: () => holding,
    held: () => [...items.values()],
    size: () => items.size,
    missing: () => (holding ? before.unacknowledged - old.size : 0),
  };
}
