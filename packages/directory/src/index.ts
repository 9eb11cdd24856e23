export {
  createMirror,
  type Mirror,
  type MirroredEntry,
  type MirroredState,
  type MirrorTarget,
} from './create-mirror.js';
export { SealError } from './errors.js';
export {
  type Directory,
  type DirectoryKind,
  type DirectoryOptions,
  type DirectorySource,
  openDirectory,
} from './open-directory.js';
export { createSealer, type Sealer } from './seal-text.js';
