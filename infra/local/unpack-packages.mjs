import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand, tryCommand } from './run-command.mjs';

/** What every Debian has, or what a server that is run by hand does not touch. */
const NOT_NEEDED =
  /^(libllvm|libz3|perl|libperl|locales|libc6|libc-l10n|ssl-cert|adduser|netbase|libgdbm|postgresql$|postgresql-common|libjson-perl|debconf|systemd|ucf|sensible-utils|lsb-base|init-system-helpers|sysvinit|tzdata)/;

const UNPACKING_AT_ONCE = 2;

/**
 * Fetches Debian packages with apt, without root and without changing the system: apt gets a state of its own, the
 * packages (whose signatures it checks) are only unpacked.
 */
export class PackageFetcher {
  #owned;
  #dir;
  /** @type {Promise<void> | undefined} */
  #lists;
  /** What apt complained about while it fetched the lists. */
  #listErrors = '';

  /**
   * @param {import('./owned-processes.mjs').OwnedProcesses} owned
   * @param {string} dir apt's private state; gone after close()
   */
  constructor(owned, dir) {
    this.#owned = owned;
    this.#dir = dir;
  }

  /** Whether this system can do it at all. */
  async isUsable() {
    const answers = [
      ['apt-get', '--version'],
      ['dpkg', '--version'],
    ].map((argv) => tryCommand(this.#owned, argv));
    return (await Promise.all(answers)).every(({ code }) => code === 0);
  }

  /**
   * Unpacks what the packages need beyond what is installed.
   * @param {string[]} packages
   * @param {string} target appears whole or not at all
   */
  async unpack(packages, target) {
    this.#lists ??= this.#updateLists();
    await this.#lists;
    const names = neededPackages(await this.#apt('install', '-y', '--print-uris', ...packages));
    const work = `${target}.part`;
    const debs = join(work, 'debs');
    rmSync(work, { recursive: true, force: true });
    mkdirSync(debs, { recursive: true });
    try {
      await this.#apt('download', ...(names.length > 0 ? names : packages), { cwd: debs });
      await this.#unpackAll(debs, join(work, 'root'));
      rmSync(target, { recursive: true, force: true });
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(work, 'root'), target);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }

  /** The package lists alone are 50 MB. */
  close() {
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #updateLists() {
    this.close();
    for (const folder of ['lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(this.#dir, folder), { recursive: true });
    }
    // A third party's source that fails is no reason to stop: what we need comes from the distribution's own.
    const argv = ['apt-get', ...this.#options(), 'update'];
    const { errors } = await tryCommand(this.#owned, argv, { env: aptEnvironment() });
    this.#listErrors = errors.trim();
  }

  /**
   * @param {string} debs
   * @param {string} root
   */
  async #unpackAll(debs, root) {
    const queue = readdirSync(debs).filter((name) => name.endsWith('.deb'));
    const worker = async () => {
      for (let name = queue.pop(); name; name = queue.pop()) {
        await runCommand(this.#owned, ['dpkg', '-x', join(debs, name), root]);
      }
    };
    mkdirSync(root, { recursive: true });
    await Promise.all(Array.from({ length: UNPACKING_AT_ONCE }, worker));
  }

  /** @param {(string | { cwd: string })[]} args */
  #apt(...args) {
    const words = args.filter((arg) => typeof arg === 'string');
    const cwd = args.find((arg) => typeof arg === 'object')?.cwd;
    return runCommand(this.#owned, ['apt-get', ...this.#options(), ...words], {
      env: aptEnvironment(),
      ...(cwd ? { cwd } : {}),
      hint: `${this.#listErrors}\nCheck that apt-get works on this machine (network, proxy, sources).`.trim(),
    });
  }

  #options() {
    const values = {
      'Dir::State': this.#dir,
      'Dir::State::lists': join(this.#dir, 'lists'),
      'Dir::State::status': '/var/lib/dpkg/status',
      'Dir::Cache': join(this.#dir, 'cache'),
      'Dir::Cache::pkgcache': '',
      'Dir::Cache::srcpkgcache': '',
      'Debug::NoLocking': '1',
      'APT::Sandbox::User': userName(),
      'APT::Install-Recommends': '0',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '3',
      'Acquire::http::Timeout': '20',
      'Acquire::https::Timeout': '20',
    };
    return ['-qq', ...Object.entries(values).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  }
}

/**
 * The packages of `apt-get install --print-uris`, without those that we can do without.
 * @param {string} uris lines of `'http://…/name_version_arch.deb' name_version_arch.deb size hash`
 */
export function neededPackages(uris) {
  const names = [...uris.matchAll(/^'[^']*' ([^_\s]+)_/gm)].map(([, name = '']) => name);
  return names.filter((name) => !NOT_NEEDED.test(name));
}

function aptEnvironment() {
  return { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
}

function userName() {
  try {
    return userInfo().username;
  } catch {
    return 'root';
  }
}
