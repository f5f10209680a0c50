import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // By itself it would leave a core unused, which on two is half of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // As src/v8-flags.ts sets it, from the first moment on.
    execArgv: ['--no-turbo-inline-js-wasm-calls'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
