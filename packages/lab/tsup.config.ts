import { defineConfig } from 'tsup';

export default defineConfig({
  // The others are the lab's own processes (src/own-process.ts).
  entry: {
    index: 'src/index.ts',
    ratio: 'src/load/ratio.ts',
    'gateway-process': 'src/gateway-process.ts',
    'redis-proxy-process': 'src/redis-proxy-process.ts',
    'fastify-session-process': 'src/fastify-session-process.ts',
    'stepped-clock-process': 'src/stepped-clock-process.ts',
  },
  format: ['esm'],
  dts: false,
  sourcemap: true,
  clean: true,
  target: 'node22',
  splitting: true,
});
