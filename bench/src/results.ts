// Results on disk: one file for each section in bench/results (which git ignores), and all of them in
// bench/published.json, from which the docs are written and against which they are tested.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Plan } from './bench.ts';
import type { Environment } from './environment.ts';
import type { Run } from './rounds.ts';
import type { BytesResult } from './sections/bytes.ts';
import type { GrowthPoint } from './sections/growth.ts';
import type { SweepResult } from './sections/sweep.ts';
import { root } from './server.ts';

export interface SectionResults {
  readonly load: readonly Run[];
  readonly bytes: BytesResult;
  readonly sweep: readonly SweepResult[];
  readonly 'sign-ins': readonly Run[];
  readonly 'growth-memory': readonly GrowthPoint[];
  readonly 'growth-redis': readonly GrowthPoint[];
}

export type SectionName = keyof SectionResults;

export const SECTIONS: readonly SectionName[] = ['load', 'bytes', 'sweep', 'sign-ins', 'growth-memory', 'growth-redis'];

export interface Results<Name extends SectionName> {
  readonly environment: Environment;
  readonly plan: Plan;
  readonly result: SectionResults[Name];
}

export type AllResults = { readonly [Name in SectionName]?: Results<Name> };

export const PUBLISHED = `${root}bench/published.json`;

const fileOf = (name: SectionName): string => `${root}bench/results/${name}.json`;

export function writeResults<Name extends SectionName>(name: Name, results: Results<Name>): string {
  mkdirSync(`${root}bench/results`, { recursive: true });
  writeFileSync(fileOf(name), toJson(results));
  return fileOf(name);
}

export function readResults<Name extends SectionName>(name: Name): Results<Name> | undefined {
  return existsSync(fileOf(name)) ? (JSON.parse(readFileSync(fileOf(name), 'utf8')) as Results<Name>) : undefined;
}

export function readAllResults(): AllResults {
  return Object.fromEntries(SECTIONS.map((name) => [name, readResults(name)]).filter(([, found]) => found));
}

export const readPublished = (): AllResults => JSON.parse(readFileSync(PUBLISHED, 'utf8')) as AllResults;

/** Four significant digits: what is beyond them was never measured. */
export function toJson(value: unknown): string {
  const short = (_key: string, one: unknown) =>
    typeof one === 'number' && !Number.isInteger(one) ? Number(one.toPrecision(4)) : one;
  return `${JSON.stringify(value, short, 2)}\n`;
}
