import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What a name server says about a name: its addresses of each family, or nothing at all. */
export interface NameRecord {
  A?: string[] | 'silent';
  AAAA?: string[] | 'silent';
}

/** A DNS server on a loopback port (RFC 1035), which counts its questions; a name without a record does not exist. */
export interface NameServer {
  /** As `Resolver.setServers` wants it. */
  readonly address: string;
  /** `A a.example.com`, in the order in which they came. */
  readonly questions: string[];
  close(): void;
}

const TYPES: Record<number, 'A' | 'AAAA'> = { 1: 'A', 28: 'AAAA' };
const HEADER_BYTES = 12;

export async function startNameServer(records: Record<string, NameRecord>): Promise<NameServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (query, from) => {
    const { name, type, end } = readQuestion(query);
    questions.push(`${type} ${name}`);
    const record = records[name];
    const addresses = record?.[type] ?? [];
    if (addresses === 'silent') return;
    const answer = formatAnswer(query.subarray(0, end), { exists: record !== undefined, addresses });
    socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, questions, close: () => socket.close() };
}

/** The first question (RFC 1035 §4.1.2); `end`: the offset after it. */
function readQuestion(query: Buffer): { name: string; type: 'A' | 'AAAA'; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let size = query.readUInt8(at); size > 0; size = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  const type = TYPES[query.readUInt16BE(at + 1)];
  if (!type) throw new Error(`the test's name server knows no type ${query.readUInt16BE(at + 1)}`);
  return { name: labels.join('.'), type, end: at + 5 };
}

/** Header, the question again, and the answers, whose name points to the question's (RFC 1035 §4.1.1, §4.1.3, §4.1.4). */
function formatAnswer(question: Buffer, result: { exists: boolean; addresses: string[] }): Buffer {
  const header = Buffer.from(question.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(result.exists ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(result.addresses.length, 6);
  header.writeUInt32BE(0, 8);
  const answers = result.addresses.map((address) => {
    const data = Buffer.from(ipaddr.parse(address).toByteArray());
    const head = Buffer.from([0xc0, 0x0c, 0, data.length === 4 ? 1 : 28, 0, 1, 0, 0, 0, 60, 0, data.length]);
    return Buffer.concat([head, data]);
  });
  return Buffer.concat([header, question.subarray(HEADER_BYTES), ...answers]);
}
