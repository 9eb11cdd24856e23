import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { systemClock } from '@trunkline/sip';
import { expect, onTestFinished, test } from 'vitest';
import { buildResolver } from './build-sip.js';

test('trunks are looked up at the servers that are configured', async () => {
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const asked = once(server, 'message');
  const config = { publicAddress: '127.0.0.1', DNS_SERVERS: [`127.0.0.1:${server.address().port}`] };
  const found = buildResolver(config, systemClock).resolve({
    host: 'sip.carrier.test',
    port: 5060,
    transport: 'udp',
  });
  const [query, from] = (await asked) as [Buffer, { port: number; address: string }];
  expect(query.toString('latin1')).toContain('\u0003sip\u0007carrier\u0004test');
  server.send(answerTo(query), from.port, from.address);
  expect(await found).toMatchObject([{ host: '192.0.2.1', port: 5060 }]);
});

/** One A record: the question again, and behind it its name as a pointer (RFC 1035 §4.1). */
function answerTo(query: Buffer): Buffer {
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const header = Buffer.from([0, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  query.copy(header, 0, 0, 2);
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
  return Buffer.concat([header, question, Buffer.from(record)]);
}
