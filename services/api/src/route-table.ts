import type { Operation } from './operation.js';
import { DOOR_2010, DOOR_2012, type Door } from './represent/door.js';

/** An operation at one of its paths. */
export interface Route {
  operation: Operation;
  door: Door;
  /** The names of what varies in the path, in its order. */
  names: readonly string[];
  /** The part of the path that comes before the operation's own: `/2012-04-24/Accounts/{AccountSid}`. */
  base: string;
}

export type Method = Operation['method'];

/** Where a path leads: what can be done there, and what stands in it for what varies. */
export interface RouteMatch {
  routes: Partial<Record<Method, Route>>;
  values: string[];
}

interface Node {
  /** By the segment as it is written out. */
  fixed: Map<string, Node>;
  /** Whatever the segment. */
  varying: Node | null;
  routes: Partial<Record<Method, Route>> | null;
}

/** Finds operations by path, segment for segment; built once. What is written out wins over what varies. */
export class RouteTable {
  private readonly root = createNode();

  /** @throws Error for two operations with the same path and method: a mistake in the list */
  constructor(operations: readonly Operation[]) {
    for (const operation of operations) {
      for (const { door, base } of basesOf(operation)) this.add(operation, door, base);
    }
  }

  find(segments: readonly string[]): RouteMatch | null {
    return search(this.root, segments, 0, []);
  }

  private add(operation: Operation, door: Door, base: string): void {
    const names: string[] = [];
    let node = this.root;
    for (const segment of `${base}${operation.path}`.split('/').slice(1)) {
      const name = /^\{(\w+)\}$/.exec(segment)?.[1];
      if (name !== undefined) names.push(name);
      node = name === undefined ? childOf(node, segment) : varyingChildOf(node);
    }
    const routes = node.routes ?? {};
    if (routes[operation.method]) {
      throw new Error(`${operation.id}: ${operation.method} ${base}${operation.path} is taken`);
    }
    routes[operation.method] = { operation, door, names, base };
    node.routes = routes;
  }
}

/** What stands before an operation's path, door by door. */
export function basesOf({ root = 'account' }: Pick<Operation, 'root'>): { door: Door; base: string }[] {
  const doors = [DOOR_2012, DOOR_2010];
  if (root === 'version') return doors.map((door) => ({ door, base: `/${door.version}` }));
  return [
    { door: DOOR_2012, base: `/${DOOR_2012.version}` },
    ...doors.map((door) => ({ door, base: `/${door.version}/Accounts/{AccountSid}` })),
  ];
}

/** The methods at a path as `Allow` lists them: HEAD is where GET is. */
export function allowedMethods({ routes }: Pick<RouteMatch, 'routes'>): string[] {
  const methods = (['get', 'post', 'delete'] as const).filter((method) => routes[method]);
  return methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
}

function search(node: Node, segments: readonly string[], at: number, values: string[]): RouteMatch | null {
  const segment = segments[at];
  if (segment === undefined) return node.routes && { routes: node.routes, values };
  const fixed = node.fixed.get(segment);
  const found = fixed ? search(fixed, segments, at + 1, values) : null;
  if (found || !node.varying || segment === '') return found;
  return search(node.varying, segments, at + 1, [...values, segment]);
}

function createNode(): Node {
  return { fixed: new Map(), varying: null, routes: null };
}

function childOf({ fixed }: Node, segment: string): Node {
  const child = fixed.get(segment) ?? createNode();
  fixed.set(segment, child);
  return child;
}

function varyingChildOf(node: Node): Node {
  node.varying ??= createNode();
  return node.varying;
}
