import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', compat: 'src/compat.ts' },
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'node22',
  splitting: true,
});
