import type { Trunk } from '@trunkline/contracts';

/** The trunk that gets the next INVITE of a call. */
export interface Choice {
  trunk: Trunk;
  /** Why this one, and why not those that stood before it. */
  why: string;
}

export interface ChoiceOptions {
  trunks: readonly Trunk[];
  /** What stands against a trunk, to follow on its name: `is down: no answer to OPTIONS since 12:00:03Z`. Null: nothing. */
  obstacleOf: (trunk: Trunk) => string | null;
  /** 0 to 1, 1 excluded. */
  random: () => number;
}

/** Of those that were left out so many are named. */
const MAX_NAMED = 4;

/**
 * Chooses among an account's trunks: the lowest priority first, inside one at random by weight, as with
 * SRV records (RFC 2782), but by exact shares: a weight of 0 is for when there is no other. Null when something stands against each.
 */
export function chooseTrunk({ trunks, obstacleOf, random }: ChoiceOptions): Choice | null {
  const seen = trunks.map((trunk) => ({ trunk, obstacle: obstacleOf(trunk) }));
  const usable = seen.flatMap(({ trunk, obstacle }) => (obstacle === null ? [trunk] : []));
  if (usable.length === 0) return null;
  const priority = Math.min(...usable.map((trunk) => trunk.priority));
  const peers = usable.filter((trunk) => trunk.priority === priority);
  const trunk = drawByWeight(peers, random);
  const before = seen.filter((one) => one.obstacle !== null && one.trunk.priority <= priority);
  return { trunk, why: [tellShare(trunk, peers), ...tellLeftOut(before, priority)].join('; ') };
}

/** Why nothing is left to choose, trunk by trunk. */
export function tellObstacles(trunks: readonly Trunk[], obstacleOf: ChoiceOptions['obstacleOf']): string {
  if (trunks.length === 0) return 'the account has no trunk';
  const told = trunks.slice(0, MAX_NAMED).map((trunk) => `${quote(trunk)} ${obstacleOf(trunk) ?? 'is free'}`);
  return [...told, ...tellRest(trunks.length)].join('; ');
}

/** Each by its exact share; where the only weights left are 0, each is as good as the others. */
function drawByWeight(peers: readonly Trunk[], random: () => number): Trunk {
  const total = peers.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return peers[Math.floor(random() * peers.length)] as Trunk;
  const mark = random() * total;
  let sum = 0;
  const drawn = peers.find(({ weight }) => {
    sum += weight;
    return sum > mark;
  });
  return drawn ?? (peers.at(-1) as Trunk);
}

function tellShare({ priority, weight }: Trunk, peers: readonly Trunk[]): string {
  if (peers.length === 1) return `priority ${priority}`;
  const total = peers.reduce((sum, peer) => sum + peer.weight, 0);
  return `priority ${priority}, weight ${weight} of ${total}`;
}

function tellLeftOut(left: readonly { trunk: Trunk; obstacle: string | null }[], priority: number): string[] {
  const told = [...left]
    .sort((a, b) => a.trunk.priority - b.trunk.priority)
    .slice(0, MAX_NAMED)
    .map(({ trunk, obstacle }) => {
      const place = trunk.priority < priority ? 'before it' : 'beside it';
      return `${quote(trunk)} ${place} ${obstacle}`;
    });
  return [...told, ...tellRest(left.length)];
}

function tellRest(count: number): string[] {
  return count > MAX_NAMED ? [`and ${count - MAX_NAMED} more`] : [];
}

function quote({ name }: Trunk): string {
  return `'${name}'`;
}
