import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx', 'packages/*/test/**/*.test.ts'],
    // Ends a test that hangs. It is no measure of speed: a busy machine takes several times as long as an idle one.
    testTimeout: 60_000,
  },
});
