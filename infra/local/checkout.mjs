import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's root folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Everything that these scripts keep; deleting it costs the sandbox's data and a download, nothing else. */
export const LOCAL = join(ROOT, '.local');
