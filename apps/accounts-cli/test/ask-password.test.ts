// The question for a password: on a real terminal nothing of the answer is shown; from a pipe it is the first line.

import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { findExecutable } from '@statecraft/infra-dev';
import { describe, expect, it } from 'vitest';
import { askNewPassword, InterruptedError } from '../src/ask-password.ts';

const CANARY = 'canary horse battery';

function pipe(text: string) {
  const input = new PassThrough();
  input.end(text);
  return input;
}

describe('from a pipe', () => {
  it('takes the first line, without asking', async () => {
    const shown: string[] = [];
    expect(await askNewPassword(pipe(`${CANARY}\nmore\n`), (text) => shown.push(text))).toBe(CANARY);
    expect(shown).toEqual([]);
  });

  it('fails if there is none', async () => {
    await expect(askNewPassword(pipe(''), () => undefined)).rejects.toThrow(InterruptedError);
  });
});

const hasTerminal = process.platform === 'linux' && findExecutable('script') !== undefined;

/**
 * Types each answer after its question. `script` of util-linux gives the program a terminal and shows what it shows.
 */
async function runOnTerminal(answers: readonly string[]): Promise<string> {
  const program = fileURLToPath(new URL('ask-password-process.ts', import.meta.url));
  const command = `${process.execPath} --conditions=@statecraft/source ${program}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const questions = ['Password: ', 'Again: '];
  const left = [...answers];
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const [question = '\0'] = questions;
    if (!shown.endsWith(question)) return;
    questions.shift();
    child.stdin.write(left.shift() ?? '');
  });
  await new Promise((resolve) => child.once('close', resolve));
  return shown;
}

describe.runIf(hasTerminal)('on a terminal', () => {
  it('shows the questions, and nothing of the answers', async () => {
    const shown = await runOnTerminal([`${CANARY}\r`, `${CANARY}\r`]);
    expect(shown.replaceAll('\r', '')).toBe(`Password: \nAgain: \nlength ${CANARY.length}\n`);
  });

  it('gives no password if the two answers differ', async () => {
    expect(await runOnTerminal([`${CANARY}\r`, 'another one\r'])).toMatch(/length undefined/);
  });

  it('ends at Ctrl-C', async () => {
    expect(await runOnTerminal(['cana\u0003'])).toMatch(/No password was given\. Nothing was changed\./);
  });
});
