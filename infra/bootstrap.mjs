#!/usr/bin/env node
// Runs before anything is installed, on whatever Node there is: only built-ins, and nothing new before the check.
const FLOOR = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < FLOOR[0] || (major === FLOOR[0] && minor < FLOOR[1])) {
  console.error(
    `Trunkline needs Node ${FLOOR.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a newer one (https://nodejs.org, or your distribution) and run the command again.',
  );
  process.exit(1);
}
import('./commands/main.mjs').then(({ main }) => main(process.argv.slice(2)));
