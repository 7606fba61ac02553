import { defineConfig } from 'tsup';

export default defineConfig({
  // The others are processes that the lab starts (src/processes/helper.ts).
  entry: {
    index: 'src/index.ts',
    ratio: 'src/load/ratio.ts',
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
});
