import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // As src/v8-flags.ts sets it, from the first moment on.
    execArgv: ['--no-turbo-inline-js-wasm-calls'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
