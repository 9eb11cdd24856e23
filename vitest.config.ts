import { defineConfig } from 'vitest/config';

// The packages are read from their sources, so that a unit test never runs against a stale build.
const conditions = ['trunkline-source', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'services/*/src/**/*.test.ts',
      'infra/**/*.test.mjs',
      'test/**/*.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
