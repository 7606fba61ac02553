import { expect, it } from 'vitest';
import { formatCommand } from '../src/index.ts';

const NPM = { npm_config_user_agent: 'npm/11.19.1 node/v24.21.0 linux x64 workspaces/false' };
const PNPM = { npm_config_user_agent: 'pnpm/12.21.0 npm/? node/v24.21.0 linux x64' };

it('puts -- before the arguments of a script that npm runs', () => {
  expect(formatCommand('lab', ['run', 'crash'], NPM)).toBe('npm run lab -- run crash');
  expect(formatCommand('lab', [], NPM)).toBe('npm run lab');
  expect(formatCommand('start', ['--full'], NPM)).toBe('npm start -- --full');
});

it('names pnpm when pnpm started the process, with run where pnpm has a command of that name', () => {
  expect(formatCommand('lab', ['run', 'crash'], PNPM)).toBe('pnpm lab run crash');
  expect(formatCommand('doctor', ['--json'], PNPM)).toBe('pnpm run doctor --json');
});

it('names npm when no package manager started the process', () => {
  expect(formatCommand('test', [], {})).toBe('npm test');
});

it('quotes an argument that the shell would split, and leaves placeholders readable', () => {
  expect(formatCommand('lab', ['report', 'my run.json'], {})).toBe("npm run lab -- report 'my run.json'");
  expect(formatCommand('dev', ['[memory|redis]', '<file>'], {})).toBe('npm run dev -- [memory|redis] <file>');
});
