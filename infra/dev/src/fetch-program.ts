// Gets a program that is missing, without root: from the packages of Debian or Ubuntu, else from Homebrew.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FETCHABLE, FETCHED, findExecutable } from './executables.ts';
import { fetchDebian } from './fetch-debian.ts';
import { findProgram, type Program, translatePackage } from './programs.ts';

export interface FetchOptions {
  /** Told what is fetched and where it goes. Default: stderr. */
  readonly say?: (line: string) => void;
  /** Tests pass another machine. */
  readonly find?: typeof findExecutable;
}

const APT = ['apt-get', 'dpkg-deb'];
const HOMEBREW_LIMIT_MS = 300_000;

/** @returns the path of the program. @throws if no way works; the message has every way, and why it failed. */
export async function findOrFetchProgram(program: Program, options: FetchOptions = {}): Promise<string> {
  const { say = writeLine, find = findExecutable } = options;
  const present = findProgram(program, find);
  if (present !== undefined) return present;
  const reasons = [`no ${program.names.join(' or ')} is on the PATH`];
  for (const fetch of [fetchFromDebian, fetchFromHomebrew]) {
    try {
      await fetch(program.names[0], find, say);
    } catch (error) {
      reasons.push((error as Error).message);
      continue;
    }
    const path = findProgram(program, find);
    if (path !== undefined) return path;
  }
  throw new Error(reasons.join('; '));
}

/** Whether there is a way to try. It needs the network. */
export const canFetch = ({ names: [name] }: Program, find = findExecutable): boolean =>
  find('brew') !== undefined || (Object.hasOwn(FETCHABLE, name) && APT.every((tool) => find(tool) !== undefined));

export const writeLine = (line: string): void => void process.stderr.write(`${line}\n`);

type Fetch = (name: string, find: typeof findExecutable, say: (line: string) => void) => Promise<void>;

const fetchFromDebian: Fetch = async (name, find, say) => {
  for (const tool of APT) {
    if (find(tool) === undefined) throw new Error(`there is no ${tool}`);
  }
  await fetchDebian(name, { into: FETCHED, say }).catch((error: Error) => {
    throw new Error(`apt-get cannot fetch it (${error.message})`);
  });
};

const fetchFromHomebrew: Fetch = async (name, find, say) => {
  const brew = find('brew');
  if (brew === undefined) throw new Error('there is no brew');
  const formula = translatePackage(name, 'brew');
  say(`Installing ${formula} with Homebrew: brew install ${formula} …`);
  const env = { ...process.env, HOMEBREW_NO_AUTO_UPDATE: '1' };
  await promisify(execFile)(brew, ['install', formula], { env, timeout: HOMEBREW_LIMIT_MS }).catch((error: Error) => {
    throw new Error(`brew install ${formula} failed (${error.message.trim().split('\n').at(-1)})`);
  });
};
