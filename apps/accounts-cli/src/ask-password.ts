// Asks for a new password on a terminal, twice and without showing what is typed. From a pipe or a file it reads the
// first line.

import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';

/** What a terminal's input has, and a pipe's has not. */
type Input = Readable & { readonly isTTY?: boolean };

/** Ctrl-C, or the end of the input. */
export class InterruptedError extends Error {}

/**
 * @param input usually process.stdin
 * @param show writes the questions; not to stdout, which holds the result
 * @returns undefined if the two answers differ
 */
export async function askNewPassword(input: Input, show: (text: string) => void): Promise<string | undefined> {
  // readline echoes what is typed to its output: this one drops it.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const isTerminal = input.isTTY === true;
  const reader = createInterface({ input, ...(isTerminal && { output, terminal: true }) });
  reader.once('SIGINT', () => reader.close());
  // Keeps lines that arrive before they are asked for.
  const lines = reader[Symbol.asyncIterator]();
  const readLine = async () => {
    const { value, done } = await lines.next();
    if (done) throw new InterruptedError('No password was given. Nothing was changed.');
    return value;
  };
  const ask = async (question: string) => {
    show(`${question}: `);
    return readLine().finally(() => show('\n'));
  };
  try {
    if (!isTerminal) return await readLine();
    const password = await ask('Password');
    return (await ask('Again')) === password ? password : undefined;
  } finally {
    reader.close();
  }
}
