import { copyFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  // The others are processes that the lab starts (src/processes/helper.ts).
  entry: {
    index: 'src/index.ts',
    'gateway-process': 'src/processes/gateway-process.ts',
    'redis-proxy-process': 'src/processes/redis-proxy-process.ts',
    'fastify-session-process': 'src/processes/fastify-session-process.ts',
    'stepped-clock-process': 'src/processes/stepped-clock-process.ts',
    'heap-process': 'src/processes/heap-process.ts',
  },
  format: ['esm'],
  dts: false,
  sourcemap: true,
  clean: true,
  target: 'node22',
  splitting: true,
  // The HTML report reads it from beside its own file.
  onSuccess: async () => copyFileSync('src/sinks/html/style.css', 'dist/style.css'),
});
