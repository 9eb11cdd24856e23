import { readFileSync } from 'node:fs';

/** Ctrl-C reaches us twice under npm (from the terminal, and passed on by npm, late on a busy machine): one request. */
const SAME_REQUEST_MS = 1000;
const PARENT_POLL_MS = 500;

/**
 * Being asked to stop: by Ctrl-C, SIGTERM, a closed terminal, or npm's sudden death.
 * @returns {{ first: Promise<string>, second: Promise<string> }} why; the second time means: at once
 */
export function listenForStop() {
  /** @type {(why: string) => void} */ let tellFirst = () => {};
  /** @type {(why: string) => void} */ let tellSecond = () => {};
  const first = new Promise((resolve) => {
    tellFirst = resolve;
  });
  const second = new Promise((resolve) => {
    tellSecond = resolve;
  });
  /** @type {number | undefined} */
  let firstAt;
  const ask = (/** @type {string} */ why) => {
    if (firstAt !== undefined && Date.now() - firstAt > SAME_REQUEST_MS) tellSecond(why);
    firstAt ??= Date.now();
    tellFirst(why);
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => ask(signal));
  watchParents(() => ask('npm is gone'));
  // A terminal that was closed: what we still say to it must not end us before our children are stopped.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return { first, second };
}

/** @param {() => void} onGone */
function watchParents(onGone) {
  if (!process.env.npm_lifecycle_event) return;
  const before = parents();
  const timer = setInterval(() => {
    if (parents() === before) return;
    clearInterval(timer);
    onGone();
  }, PARENT_POLL_MS).unref();
}

/** Our parent and, since npm may run us through a shell that stays, its parent. */
function parents() {
  return `${process.ppid} ${parentOf(process.ppid)}`;
}

/** @param {number} pid */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return stat.includes('(sh)') || stat.includes('(bash)') ? ppid : null;
  } catch {
    return null;
  }
}
