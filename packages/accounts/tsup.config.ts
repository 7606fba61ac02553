import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm'],
  dts: false,
  sourcemap: true,
  clean: true,
  target: 'node22',
  splitting: true,
  // 304 modules in one file: measured at 130 ms of processor time and 9 MB less for each server.
  noExternal: ['kysely'],
  // There is node:sqlite, and no sqlite.
  removeNodeProtocol: false,
});
