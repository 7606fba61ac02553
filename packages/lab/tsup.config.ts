import { copyFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  // The others are processes that the lab starts (src/processes/helper.ts).
  entry: {
    index: 'src/index.ts',
    'gateway-process': 'src/processes/gateway-process.ts',
    'redis-proxy-process': 'src/processes/redis-proxy-process.ts',
    'stepped-clock-process': 'src/processes/stepped-clock-process.ts',
    'heap-process': 'src/processes/heap-process.ts',
  },
  format: ['esm'],
  dts: false,
  sourcemap: true,
  clean: true,
  target: 'node22',
  splitting: true,
  // Node has `node:sqlite` only under this name.
  removeNodeProtocol: false,
  // The HTML report reads them from beside its own file.
  async onSuccess() {
    for (const name of ['style.css', 'patterns.svg', 'read.js']) copyFileSync(`src/sinks/html/${name}`, `dist/${name}`);
  },
});
