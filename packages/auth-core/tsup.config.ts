import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    store: 'src/store.ts',
    memory: 'src/stores/memory.ts',
    redis: 'src/stores/redis.ts',
    sqlite: 'src/stores/sqlite.ts',
    // Started by sqlite as a thread, next to it.
    'sqlite-thread': 'src/stores/sqlite/thread.ts',
    postgres: 'src/stores/postgres.ts',
  },
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'node22',
  splitting: true,
  // import.meta.url in the CJS build.
  shims: true,
});
