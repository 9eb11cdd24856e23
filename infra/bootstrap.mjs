#!/usr/bin/env node
// Runs before anything is installed, on whatever Node there is: only built-ins, and nothing new before the check.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Trunkline needs Node 20.19 or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a newer one (https://nodejs.org, or your distribution) and run the command again.',
  );
  process.exit(1);
}
void import('./commands/main.mjs').then(({ main }) => main(process.argv.slice(2)));
