import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  key: Buffer;
  cert: Buffer;
}

/** An authority of a test's own; close it, for it has a directory. */
export interface TestAuthority {
  ca: Buffer;
  /** A certificate with these names, as openssl writes them: `DNS:example.com`, `URI:sip:example.com`, `IP:127.0.0.1`. */
  issue(...names: string[]): Certificate;
  close(): void;
}

/** Null where openssl is not installed. */
export function createTestAuthority(): TestAuthority | null {
  if (!hasOpenssl()) return null;
  const directory = mkdtempSync(join(tmpdir(), 'sip-test-ca-'));
  const openssl = (...words: string[]): void =>
    void execFileSync('openssl', words, { cwd: directory, stdio: 'ignore' });
  let issued = 0;
  openssl(...NEW_KEY, '-x509', '-days', '1', '-subj', '/CN=Test CA', '-keyout', 'ca.key', '-out', 'ca.pem');
  return {
    ca: readFileSync(join(directory, 'ca.pem')),
    issue(...names) {
      issued += 1;
      const [key, request, cert, more] = ['key', 'csr', 'pem', 'ext'].map((end) => `${issued}.${end}`) as [
        string,
        string,
        string,
        string,
      ];
      writeFileSync(join(directory, more), `subjectAltName=${names.join(',')}\n`);
      openssl(...NEW_KEY, '-subj', '/CN=Test', '-keyout', key, '-out', request);
      openssl(
        'x509',
        '-req',
        '-in',
        request,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '1',
        '-extfile',
        more,
        '-out',
        cert,
      );
      return { key: readFileSync(join(directory, key)), cert: readFileSync(join(directory, cert)) };
    },
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

const NEW_KEY = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
