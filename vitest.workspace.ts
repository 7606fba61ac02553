// One project per package; vitest 5 reads this only as `vitest --config vitest.workspace.ts`.
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const folders = ['packages', 'apps'].flatMap((area) =>
  readdirSync(new URL(area, import.meta.url)).map((name) => `${area}/${name}`),
);

// Packages resolve one another by source, so that tests need no build.
const source = { conditions: ['@statecraft/source'] };

// Processes start slowly on a machine that is busy: a limit is there to end what hangs, not to measure.
const patience = { testTimeout: 30_000, hookTimeout: 30_000 };

export default defineConfig({
  test: {
    // Most files wait for servers and processes: two files at a time left a quarter of two cores idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [...folders, 'infra/dev', 'infra/nginx', 'infra/publish', 'bench', '.'].map((root) => ({
      root,
      resolve: source,
      ssr: { resolve: { conditions: ['@statecraft/source', 'node', 'module'] } },
      test: {
        name: root === '.' ? 'repository' : root,
        include: ['test/**/*.test.ts'],
        environment: 'node',
        ...patience,
      },
    })),
  },
});
