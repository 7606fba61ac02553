// docs/production.md and docs/scaling.md name Redis fields and files that exist.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findExecutable, startRedis } from '../../infra/dev/src/index.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const production = read('production.md');

function readBlock(name: string): string {
  const [, text = ''] = new RegExp(`<!-- ${name} -->([\\s\\S]*?)<!-- /${name} -->`).exec(production) ?? [];
  return text;
}
const findAll = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, found = '']) => found)),
];

describe('docs/production.md', () => {
  it('names fields that Redis has, also a replica that lost its master', async () => {
    const redis = await startRedis(['--replicaof', '127.0.0.1', '1']);
    onTestFinished(() => redis.stop());
    const program = findExecutable('redis-cli') ?? 'valkey-cli';
    const { stdout } = spawnSync(program, ['-p', String(redis.port), 'info'], { encoding: 'utf8' });
    const fields = findAll(readBlock('redis-info'), /^\| `(\w+)`/gm);
    expect(fields.length).toBeGreaterThan(5);
    expect(fields.filter((field) => !new RegExp(`^${field}:`, 'm').test(stdout))).toEqual([]);
  });
});

describe.each(['production.md', 'scaling.md'])('docs/%s', (name) => {
  it('links to files that exist', () => {
    const links = findAll(read(name), /\]\((?!https?:|#)([^)#]+)/g);
    expect(links.filter((link) => !existsSync(new URL(`../../docs/${link}`, import.meta.url)))).toEqual([]);
    const paths = findAll(read(name), /`((?:infra|packages|test|scripts|docs)\/[\w./-]+\.\w+)`/g);
    expect(paths.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
  });
});
