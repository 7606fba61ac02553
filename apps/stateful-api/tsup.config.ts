import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { main: 'src/main.ts', administration: 'src/administration.ts' },
  format: ['esm'],
  dts: false,
  sourcemap: true,
  clean: true,
  target: 'node22',
  splitting: true,
});
