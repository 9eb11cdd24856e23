import { beforeEach, describe, expect, test } from 'vitest';
import { contactUrisOf, redirectionsOf } from './agent-redirect.js';
import type { SipResponse } from './message.js';
import { cseqOf } from './message-fields.js';
import { SipHeaders } from './message-headers.js';
import {
  type AgentBench,
  createAgentBench,
  NOTHING_LEFT,
  PEER_ADDRESS,
  placeWatchedCall,
} from './testing/agent-bench.js';
import { tagIn } from './testing/read-message.js';
import type { SipAddress } from './transport.js';

let bench: AgentBench;

beforeEach(() => {
  bench = createAgentBench();
});

/** The peer redirects the last INVITE. */
function redirect(...contacts: string[]): void {
  const headers = contacts.map((contact): [string, string] => ['Contact', contact]);
  bench.peer.reply(bench.peer.last('INVITE'), 302, { toTag: 'r', headers });
  bench.clock.advance(1);
}

const invites = (): string[] => bench.peer.requests('INVITE').map(({ uri }) => uri);

describe('a redirect', () => {
  test('is followed by a new INVITE of the same call', () => {
    const { told, failures } = placeWatchedCall(bench.agent, { followRedirects: true });
    bench.clock.advance(1);
    redirect('<sip:+1777@192.0.2.2:5070?Subject=x>;q=0.5');
    const [first, next] = bench.peer.requests('INVITE');
    expect(next?.uri).toBe('sip:+1777@192.0.2.2:5070');
    expect(next?.headers.get('To')).toBe(first?.headers.get('To'));
    expect(next?.headers.get('Call-ID')).toBe(first?.headers.get('Call-ID'));
    expect(next && cseqOf(next).number).toBe(2);
    expect(next && tagIn(next, 'To')).toBeNull();
    expect(failures).toMatchObject([{ failure: 'redirected', status: 302, target: PEER_ADDRESS }]);
    bench.answer();
    expect(told).toEqual(['sent', 'failed redirected', 'sent', 'answered 200']);
  });

  test('is not followed unless that is wanted, and its Contacts are told by their q', () => {
    const { ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    redirect('<sip:low@192.0.2.2>;q=0.1', '<sip:high@192.0.2.2>', 'not a uri', '<sip:mid@192.0.2.2>;q=0.7');
    expect(invites()).toHaveLength(1);
    expect(ends).toEqual([
      {
        kind: 'rejected',
        status: 302,
        reason: 'Moved Temporarily',
        q850: null,
        retryAfterSeconds: null,
        contacts: ['sip:high@192.0.2.2', 'sip:mid@192.0.2.2', 'sip:low@192.0.2.2'],
      },
    ]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('to another network is not followed: the bill would be ours', () => {
    const { ends } = placeWatchedCall(bench.agent, { followRedirects: true });
    bench.clock.advance(1);
    redirect('<sip:+1900@198.51.100.7>', '<sip:+1900@premium.example>', '<tel:+1900>');
    expect(invites()).toHaveLength(1);
    expect(ends).toMatchObject([
      {
        kind: 'rejected',
        status: 302,
        contacts: ['sip:+1900@198.51.100.7', 'sip:+1900@premium.example', 'tel:+1900'],
      },
    ]);
  });

  test('to itself or back is not followed', () => {
    const { ends } = placeWatchedCall(bench.agent, { followRedirects: true });
    bench.clock.advance(1);
    redirect('<sip:+1777@192.0.2.2:5070>');
    redirect('<sip:+15551112222@192.0.2.2:5070>');
    expect(invites()).toHaveLength(2);
    expect(ends).toMatchObject([{ kind: 'rejected', status: 302 }]);
  });

  test('after redirect is followed five times, not more', () => {
    const { ends } = placeWatchedCall(bench.agent, { followRedirects: true });
    bench.clock.advance(1);
    for (let deep = 1; deep <= 6; deep++) redirect(`<sip:${deep}@192.0.2.2:5070>`);
    expect(invites().slice(1)).toEqual([1, 2, 3, 4, 5].map((deep) => `sip:${deep}@192.0.2.2:5070`));
    expect(ends).toMatchObject([{ kind: 'rejected', status: 302, contacts: ['sip:6@192.0.2.2:5070'] }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('to several is tried one after another, best first, until one is busy', () => {
    const { ends } = placeWatchedCall(bench.agent, { followRedirects: true });
    bench.clock.advance(1);
    redirect(
      '<sip:third@192.0.2.2:5070>;q=0.1',
      '<sip:first@192.0.2.2:5070>;q=1.0',
      '<sip:second@192.0.2.2:5070>;q=0.9',
    );
    bench.answer('b', 404);
    bench.answer('b', 486);
    expect(invites().slice(1)).toEqual(['sip:first@192.0.2.2:5070', 'sip:second@192.0.2.2:5070']);
    expect(ends).toMatchObject([{ kind: 'rejected', status: 486 }]);
  });

  test('after ringing is followed too: nobody answered there', () => {
    const { told } = placeWatchedCall(bench.agent, { followRedirects: true });
    bench.clock.advance(1);
    bench.answer('b', 180);
    redirect('<sip:mailbox@192.0.2.2:5070>');
    expect(bench.agent.counts().dialogs).toBe(0);
    expect(told).toEqual(['sent', '180 Ringing', 'failed redirected', 'sent']);
  });

  test('after cancel is not followed', () => {
    const { call, ends } = placeWatchedCall(bench.agent, { followRedirects: true });
    bench.clock.advance(1);
    call.cancel();
    redirect('<sip:+1777@192.0.2.2:5070>');
    expect(invites()).toHaveLength(1);
    expect(ends).toMatchObject([{ kind: 'canceled', status: 302 }]);
  });

  test('a call that is canceled after one cancels the INVITE that is under way', () => {
    const { call } = placeWatchedCall(bench.agent, { followRedirects: true });
    bench.clock.advance(1);
    redirect('<sip:+1777@192.0.2.2:5070>');
    bench.answer('b', 180);
    call.cancel();
    bench.clock.advance(1);
    expect(bench.peer.last('CANCEL').uri).toBe('sip:+1777@192.0.2.2:5070');
  });
});

describe('where a redirect may lead', () => {
  const tls: SipAddress = { host: '192.0.2.5', port: 5061, protocol: 'TLS', serverName: 'trunk.example' };
  const udp: SipAddress = { host: '192.0.2.6', port: 5060 };
  const way = { requestUri: 'sip:1@Trunk.example', targets: [tls, udp] };

  test.each<[string, string, SipAddress[]]>([
    ['the name that was called', 'sip:2@trunk.EXAMPLE', [tls, udp]],
    ['the same, but safe', 'sips:2@trunk.example', [tls]],
    ['the address of a target', 'sip:2@192.0.2.6', [udp]],
    ['another port of it', 'sip:2@192.0.2.6:5080', [{ host: '192.0.2.6', port: 5080 }]],
    ['a secured target', 'sip:2@192.0.2.5:5061;transport=tls', [tls]],
    ['another port of that', 'sip:2@192.0.2.5:5081', [{ ...tls, port: 5081 }]],
    ['a transport that nobody has', 'sip:2@192.0.2.6;transport=sctp', []],
    ['a name that only looks like it', 'sip:2@trunk.example.evil', []],
    ['our trunk as a user', 'sip:trunk.example@evil.example', []],
  ])('%s', (_, uri, targets) => {
    expect(redirectionsOf(response(302, [`<${uri}>`]), way).flatMap((one) => one.targets)).toEqual(targets);
  });

  test.each([305, 380, 399])('a %i leads nowhere', (status) => {
    expect(redirectionsOf(response(status, ['<sip:2@192.0.2.6>']), way)).toEqual([]);
  });

  test('what hostile redirects name is bounded', () => {
    const contacts = Array.from({ length: 500 }, (_, at) => `<sip:${at}@192.0.2.6>`);
    expect(redirectionsOf(response(300, contacts), way)).toHaveLength(8);
    expect(contactUrisOf(response(300, contacts))).toHaveLength(16);
  });

  function response(status: number, contacts: string[]): SipResponse {
    const headers = new SipHeaders();
    for (const contact of contacts) headers.append('Contact', contact);
    return { kind: 'response', status, reason: '', headers, body: Buffer.alloc(0) };
  }
});
