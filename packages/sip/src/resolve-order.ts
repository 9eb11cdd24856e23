import type { SrvRecord } from 'node:dns';

/**
 * The order in which servers are to be tried (RFC 2782): by priority, and within one by chance, each as often as its weight
 * says; those of weight 0 hardly ever before the others. `random` gives 0 to 1, 1 excluded.
 */
export function orderServers(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((wanted) =>
    drawAll(
      records.filter(({ priority }) => priority === wanted),
      random,
    ),
  );
}

function drawAll(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const left = [...records].sort((a, b) => a.weight - b.weight);
  const drawn: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    drawn.push(...left.splice(placeOf(left, Math.floor(random() * (total + 1))), 1));
  }
  return drawn;
}

/** Where the running sum of the weights comes to the mark. */
function placeOf(records: readonly SrvRecord[], mark: number): number {
  let sum = 0;
  for (const [place, { weight }] of records.entries()) {
    sum += weight;
    if (sum >= mark) return place;
  }
  return 0;
}
