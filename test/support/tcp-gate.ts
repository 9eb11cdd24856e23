import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that a test can close: then it is as if the server were gone, for those who go this way. */
export class TcpGate {
  private readonly sockets = new Set<Socket>();
  private isOpen = true;

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {
    server.on('connection', (socket) => (this.isOpen ? this.join(socket) : socket.destroy()));
  }

  static async start(host: string, port: number): Promise<TcpGate> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpGate(server, { host, port });
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** Breaks every connection, and lets nobody in until `open`. */
  shut(): void {
    this.isOpen = false;
    for (const socket of this.sockets) socket.destroy();
  }

  open(): void {
    this.isOpen = true;
  }

  async stop(): Promise<void> {
    this.shut();
    await new Promise((done) => this.server.close(done));
  }

  private join(near: Socket): void {
    const far = connect(this.target);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
