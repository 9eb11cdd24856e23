import type { Binding } from '@trunkline/contracts';

interface Device {
  clientSid: string;
  expiresAtMs: number;
  connection: string | undefined;
}

/** Beyond these none is noted: the count is too low then, and a lost connection leaves its devices until they run out. */
const MAX_DEVICES = 100_000;

/** The devices whose last REGISTER came here: to be counted, and to be found by their connection when it breaks. */
export class TakenDevices {
  private readonly devices = new Map<string, Device>();
  private readonly byConnection = new Map<string, Set<string>>();

  note(clientSid: string, { contact, expiresAt, source }: Binding): void {
    this.remove(clientSid, contact);
    if (this.devices.size >= MAX_DEVICES) return;
    const { connection } = source;
    const key = keyOf(clientSid, contact);
    this.devices.set(key, { clientSid, expiresAtMs: Date.parse(expiresAt), connection });
    if (connection === undefined) return;
    const keys = this.byConnection.get(connection) ?? new Set<string>();
    this.byConnection.set(connection, keys.add(key));
  }

  remove(clientSid: string, contact: string): void {
    this.drop(keyOf(clientSid, contact));
  }

  /** Forgets all of a connection, and says whose they were. */
  lose(connection: string): string[] {
    const clients = new Set<string>();
    for (const key of [...(this.byConnection.get(connection) ?? [])]) {
      const device = this.devices.get(key);
      if (device) clients.add(device.clientSid);
      this.drop(key);
    }
    return [...clients];
  }

  size(nowMs: number): number {
    for (const [key, { expiresAtMs }] of this.devices) if (expiresAtMs <= nowMs) this.drop(key);
    return this.devices.size;
  }

  private drop(key: string): void {
    const device = this.devices.get(key);
    if (!device) return;
    this.devices.delete(key);
    if (device.connection === undefined) return;
    const keys = this.byConnection.get(device.connection);
    if (keys?.delete(key) && keys.size === 0) this.byConnection.delete(device.connection);
  }
}

function keyOf(clientSid: string, contact: string): string {
  return `${clientSid} ${contact}`;
}
