/** What can lose the stream that carries it. */
export interface Carried {
  loseStream(error: Error): void;
}

/** Which transactions wait for their answer, or their ACK, on which stream, so that they are told when it breaks. */
export class Carriers {
  private readonly byConnection = new Map<string, Set<Carried>>();
  private readonly connectionOf = new Map<Carried, string>();

  /** It has left on that stream; it is on one at a time. */
  add(connection: string, carried: Carried): void {
    this.remove(carried);
    this.connectionOf.set(carried, connection);
    const others = this.byConnection.get(connection);
    if (others) others.add(carried);
    else this.byConnection.set(connection, new Set([carried]));
  }

  /** It was answered, or given up. */
  remove(carried: Carried): void {
    const connection = this.connectionOf.get(carried);
    if (connection === undefined) return;
    this.connectionOf.delete(carried);
    const others = this.byConnection.get(connection);
    others?.delete(carried);
    if (others?.size === 0) this.byConnection.delete(connection);
  }

  /** The stream is gone. */
  lose(connection: string, error: Error): void {
    const carried = [...(this.byConnection.get(connection) ?? [])];
    for (const one of carried) this.remove(one);
    for (const one of carried) one.loseStream(error);
  }

  get size(): number {
    return this.connectionOf.size;
  }
}
