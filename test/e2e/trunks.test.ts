/** Trunks that are set up by requests, through the whole cluster: who uses which, and how they look. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { type Cluster, recorded, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';
import { eventually } from '../support/deadline.js';

let cluster: Cluster;
let customer: Customer;

beforeAll(async () => {
  [cluster, customer] = await Promise.all([startCluster({ trunks: '' }), Customer.start()]);
});
afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

/** A call to a phone that answers, and how it ended. */
async function place(by = cluster.api) {
  const url = customer.serve('/bye', '<Response><Hangup/></Response>');
  const { sid } = await by.createCall({ From: '+15559990000', To: '+15551230007', Url: url });
  const { data } = await cluster.events.endOf(sid);
  return { sid, status: data.status, endReason: data.endReason };
}

test('without a trunk no call leaves; with one it does, also from an account below, until it is removed', async () => {
  expect(await place()).toMatchObject({ status: 'failed', endReason: 'no-trunk' });

  const host = `sip:trunk:secret@127.0.0.1:${cluster.simulatorPort}`;
  const trunk = await cluster.api.send('POST', '/Trunks', {
    Host: host,
    FriendlyName: 'Simulator',
    OptionsInterval: '1',
  });
  const answered = await place();
  expect(answered).toMatchObject({ status: 'completed', endReason: 'script-ended' });
  expect(await recorded(cluster, answered.sid, 'completed')).toMatchObject({
    attempts: [
      {
        ...{ trunk: 'Simulator', trunk_sid: trunk.sid, sip_code: 200, failure: null },
        target: `UDP 127.0.0.1:${cluster.simulatorPort}`,
      },
    ],
  });
  const seen = await eventually(15_000, 'the trunk is up', async () => {
    const shown = await cluster.api.send('GET', `/Trunks/${trunk.sid}`);
    return shown.state === 'up' ? shown : null;
  });
  expect(seen.health).toMatchObject([{ state: 'up', reason: null }]);

  const below = await cluster.api.send('POST', '/Accounts', { FriendlyName: 'Below' });
  const sub = new ApiClient(cluster.api.baseUrl, String(below.sid), String(below.auth_token));
  expect(await place(sub)).toMatchObject({ status: 'completed' });
  const own = await sub.send('POST', '/Trunks', { Host: host, Enabled: 'false' });
  expect(own).toMatchObject({ account_sid: sub.accountSid, state: 'disabled' });

  await cluster.api.send('POST', `/Trunks/${trunk.sid}`, { Enabled: 'false' });
  expect(await place()).toMatchObject({ status: 'failed', endReason: 'no-trunk' });
  await cluster.api.send('DELETE', `/Trunks/${trunk.sid}`);
  expect(await place()).toMatchObject({ status: 'failed', endReason: 'no-trunk' });
});
