import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { selectContenders } from '../src/contenders.ts';
import { formatJson, readPublished, renderDocs } from '../src/docs.ts';
import { createResults } from './fixture.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

it('docs/performance.md and README.md show the published results (npm run docs -- performance)', () => {
  for (const [file, text] of Object.entries(renderDocs(readPublished()))) expect(read(file), file).toBe(text);
});

it('the published results have every contender but those on request', () => {
  const published = readPublished().contenders.map(({ name }) => name);
  expect(published).toEqual(selectContenders([]).map(({ name }) => name));
});

it('says beside the tables if a run gives no ratios', () => {
  const render = (again: number) =>
    renderDocs(createResults({ bare: [20], 'bare-again': [again] }))['docs/performance.md'];
  expect(render(30)).toContain('the machine was too busy for ratios');
  expect(render(20)).not.toContain('the machine was too busy for ratios');
});

it('writes JSON that reads as the same results', () => {
  const results = createResults({ bare: [20, 21], 'bare-again': [20, 22] });
  expect(JSON.parse(formatJson(results))).toEqual(results);
});
