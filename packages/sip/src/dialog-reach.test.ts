import { expect, test } from 'vitest';
import { isNearerThan } from './dialog-reach.js';

const FROM_NEAR_TO_FAR = [
  ['127.0.0.1', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:0:0:1', '0.0.0.0', '::'],
  ['169.254.3.4', 'fe80::1', '::ffff:a9fe:304'],
  [
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.1',
    '192.168.0.1',
    '100.64.0.1',
    '100.127.0.1',
    'fd00::1',
    'FC00::1',
    '::ffff:10.1.2.3',
  ],
  ['192.0.2.1', '172.32.0.1', '172.15.0.1', '100.63.0.1', '100.128.0.1', '192.169.0.1', '2001:db8::1'],
];

test.each(FROM_NEAR_TO_FAR.map((hosts, at) => [hosts.join(' '), hosts, at] as const))(
  '%s',
  (_, hosts, at) => {
    for (const host of hosts) {
      for (const [other, others] of FROM_NEAR_TO_FAR.entries()) {
        for (const far of others) expect(isNearerThan(host, far), `${host} ${far}`).toBe(at < other);
      }
    }
  },
);
