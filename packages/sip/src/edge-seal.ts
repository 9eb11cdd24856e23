import { createHmac, timingSafeEqual } from 'node:crypto';
import { protocolOf, type SipAddress, type SipProtocol } from './transport.js';

/** 16 bytes in base64url. */
const MAC_LENGTH = 22;

const PROTOCOLS: Readonly<Record<string, SipProtocol>> = { U: 'UDP', C: 'TCP', S: 'TLS' };
const LETTERS: Readonly<Record<SipProtocol, string>> = { UDP: 'U', TCP: 'C', TLS: 'S' };

/**
 * Addresses that others carry for us and cannot change (RFC 5626 §5.2): so the edge forwards without keeping anything. Every
 * agent of the cluster has the same key, and can name a device that is connected to another.
 */
export class EdgeSeal {
  constructor(private readonly key: Buffer) {}

  /**
   * Letters, digits, `-` and `_`; the same for the same input. `about`: what it is good for, which has to be told again to
   * open it.
   */
  seal(address: SipAddress, about: string): string {
    const text = Buffer.from(write(address)).toString('base64url');
    return this.sign(text, about) + text;
  }

  /** Null when it was not sealed by this key, or for something else. */
  open(sealed: string, about: string): SipAddress | null {
    const mac = Buffer.from(sealed.slice(0, MAC_LENGTH));
    const text = sealed.slice(MAC_LENGTH);
    const expected = Buffer.from(this.sign(text, about));
    if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return null;
    return read(Buffer.from(text, 'base64url').toString());
  }

  private sign(text: string, about: string): string {
    const mac = createHmac('sha256', this.key).update(`${text}\n${about}`).digest('base64url');
    return mac.slice(0, MAC_LENGTH);
  }
}

function write(address: SipAddress): string {
  const { host, port, connection = '' } = address;
  return `${LETTERS[protocolOf(address)]}${host} ${port} ${connection}`;
}

function read(text: string): SipAddress | null {
  const [, letter = '', host, port, connection] = /^([UCS])(\S+) (\d+) (.*)$/.exec(text) ?? [];
  const protocol = PROTOCOLS[letter];
  if (protocol === undefined || host === undefined) return null;
  return { host, port: Number(port), protocol, ...(connection ? { connection } : {}) };
}
