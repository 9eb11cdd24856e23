import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

/** One record as a zone file has it: `A 60 192.0.2.1`, `SRV 60 10 5 5060 sip.example.com`, `NAPTR 60 10 20 s SIP+D2U x.example.com`. */
export type Zone = Record<string, readonly string[]>;

export interface DnsServer {
  /** As `Resolver.setServers` wants it. */
  readonly address: string;
  /** What was asked, in order: `SRV _sip._udp.example.com`. */
  readonly asked: string[];
  /** It may be changed at any time. */
  zone: Zone;
  /** It is asked, and says nothing. */
  isSilent: boolean;
  close(): Promise<void>;
}

const TYPES: Record<string, number> = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 };
const IN = 1;

/** A DNS server that knows a few names, on loopback (RFC 1035 §4.1). */
export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.on('message', (query, from) => answer(query, from));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const server: DnsServer = {
    address: `127.0.0.1:${socket.address().port}`,
    asked: [],
    zone,
    isSilent: false,
    close: () => new Promise((done) => socket.close(done)),
  };

  function answer(query: Buffer, from: RemoteInfo): void {
    const { name, type, end } = readQuestion(query);
    server.asked.push(`${type} ${name}`);
    if (server.isSilent) return;
    const entries = server.zone[name];
    const answers = (entries ?? []).filter((entry) => entry.startsWith(`${type} `)).map(writeRecord);
    const header = Buffer.from(query.subarray(0, 12));
    // A response, recursion available; 3: there is no such name.
    header.writeUInt16BE(0x8180 | (entries ? 0 : 3), 2);
    header.writeUInt16BE(answers.length, 6);
    header.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), from.port, from.address);
  }

  return server;
}

function readQuestion(query: Buffer): { name: string; type: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = Object.keys(TYPES).find((one) => TYPES[one] === query.readUInt16BE(at + 1)) ?? '?';
  return { name: labels.join('.').toLowerCase(), type, end: at + 5 };
}

/** With a pointer to the name in the question, which is always at 12. */
function writeRecord(entry: string): Buffer {
  const [type = '', ttl = '', ...values] = entry.split(' ');
  const data = writeData(type, values);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(TYPES[type] ?? 0, 2);
  head.writeUInt16BE(IN, 4);
  head.writeUInt32BE(Number(ttl), 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function writeData(type: string, values: readonly string[]): Buffer {
  if (type === 'A') return Buffer.from((values[0] ?? '').split('.').map(Number));
  if (type === 'AAAA')
    return Buffer.from(
      (values[0] ?? '')
        .split(':')
        .map((group) => group.padStart(4, '0'))
        .join(''),
      'hex',
    );
  const numbers = values.slice(0, type === 'SRV' ? 3 : 2).map((value) => {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(Number(value));
    return bytes;
  });
  if (type === 'SRV') return Buffer.concat([...numbers, writeName(values[3] ?? '')]);
  return Buffer.concat([
    ...numbers,
    writeText(values[2] ?? ''),
    writeText(values[3] ?? ''),
    writeText(''),
    writeName(values[4] ?? ''),
  ]);
}

function writeText(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
}

function writeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.map(writeText), Buffer.from([0])]);
}
