// docs/lab.md shows these files as examples of an experiment and a fault. They are run here.

import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { createReportSchema, runExperiment, toJson } from '../src/index.ts';
import { afterAPause } from './examples/after-a-pause.ts';
import { entries, findNoRedis, newFolder } from './running.ts';

it('runs the experiment that docs/lab.md shows, with its fault, to a report that the JSON Schema describes', async () => {
  const report = await runExperiment(
    afterAPause,
    { modes: ['memory'] },
    {
      folder: newFolder(),
      entries,
      findRedis: findNoRedis,
      progress: { step: () => undefined, say: () => undefined, event: () => undefined, begin: () => undefined },
      again: 'again',
    },
  );
  expect(report).toMatchObject({ verdict: 'holds', sentence: 'A pause signs no user out.' });
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(createReportSchema());
  validate(JSON.parse(toJson(report)));
  expect(validate.errors).toBeNull();
  const [mark] = report.parts[0]?.marks ?? [];
  expect(mark).toMatchObject({ kind: 'pause', proof: { pid: expect.any(Number), signals: 'SIGSTOP, SIGCONT' } });
  expect((mark?.until ?? 0) - (mark?.at ?? 0)).toBeGreaterThanOrEqual(499);
}, 120_000);
