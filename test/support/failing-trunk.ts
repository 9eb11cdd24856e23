import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isKeepAlive } from '@trunkline/sip';
import { Log } from './deadline.js';

/** A trunk that brings no call through: it answers every INVITE with 503, or says nothing, or is not there at all. */
export class FailingTrunk {
  /** The start lines of what came. */
  readonly received = new Log<string>();
  isSilent = false;

  private constructor(private readonly socket: Socket) {
    socket.on('message', (data, { port, address }) => {
      if (isKeepAlive(data)) return;
      const lines = data.toString('utf8').split('\r\n');
      this.received.add(lines[0] ?? '');
      if (!this.isSilent && lines[0]?.startsWith('INVITE '))
        socket.send(respond(lines, '503 Service Unavailable'), port, address);
    });
  }

  static async start(): Promise<FailingTrunk> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new FailingTrunk(socket);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** From then on nothing listens on its port: a sender gets ICMP "port unreachable". */
  async stop(): Promise<void> {
    await new Promise<void>((done) => this.socket.close(done));
  }
}

function respond(request: string[], status: string): string {
  const copied = request.filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
  const tagged = copied.map((line) => (/^To:/i.test(line) ? `${line};tag=failing` : line));
  return `${[`SIP/2.0 ${status}`, ...tagged, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`;
}
