// Downloads a package of Debian or Ubuntu and what it depends on, without root and without a change of the system.
//
//   apt-get install --simulate (which packages are missing) ──> apt-get download (apt checks their sums)

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface DownloadPlan {
  /** How many packages. */
  readonly packages: number;
  readonly bytes: number;
}

export interface AptOptions {
  /** apt writes all its files here, and nowhere else. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Told before the download begins. */
  readonly onPlan: (plan: DownloadPlan) => void;
}

type Apt = (...args: readonly string[]) => Promise<string>;

/**
 * First with the package lists of the system; if those are absent or too old, with lists that are fetched for this.
 * @returns the paths of the .deb files. @throws with the reason
 */
export async function downloadDebs(name: string, options: AptOptions): Promise<string[]> {
  const { folder, signal } = options;
  const lists = join(folder, 'lists');
  const debs = join(folder, 'debs');
  for (const path of [join(lists, 'partial'), join(folder, 'cache/archives/partial'), debs])
    mkdirSync(path, { recursive: true });
  try {
    await downloadMissing(name, openApt(options, debs), options);
  } catch {
    signal.throwIfAborted();
    const apt = openApt(options, debs, [`Dir::State::lists=${lists}`]);
    // A source that cannot be reached does not matter if another one has the package.
    const updating = await apt('update').catch((error: Error) => error);
    signal.throwIfAborted();
    await downloadMissing(name, apt, options).catch((error) => {
      throw updating instanceof Error ? updating : error;
    });
  }
  return readdirSync(debs).map((file) => join(debs, file));
}

function openApt({ folder, signal }: AptOptions, cwd: string, more: readonly string[] = []): Apt {
  const settings = [
    `Dir::Cache=${join(folder, 'cache')}`,
    'Acquire::Languages=none',
    'Acquire::Retries=0',
    'Acquire::http::Timeout=10',
    'Acquire::https::Timeout=10',
    ...more,
    // As root, apt would switch to a user who may not write here.
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User=root'] : []),
  ].flatMap((setting) => ['-o', setting]);
  const env = { ...process.env, LC_ALL: 'C' };
  return async (...args) => {
    const options = { cwd, env, signal, maxBuffer: 2 ** 26 };
    const { stdout, stderr } = await promisify(execFile)('apt-get', ['-q', ...args, ...settings], options).catch(
      (error) => {
        throw signal.aborted ? error : new Error(readAptError(error));
      },
    );
    // An update that got nothing ends with 0, too.
    if (/^(Err:|W: Failed to fetch)/m.test(stdout + stderr)) throw new Error(readAptError({ message: '', stderr }));
    return stdout;
  };
}

async function downloadMissing(name: string, apt: Apt, { onPlan }: AptOptions): Promise<void> {
  // `Inst redis-server (5:7.0.15-1 Debian:12/stable [amd64])` for each package that is not installed yet.
  const plan = await apt('install', '--simulate', '--no-install-recommends', name);
  const found = [...plan.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)];
  if (found.length === 0) throw new Error(`${name} is installed, but not on the PATH`);
  const packages = found.map(([, id, version]) => `${id}=${version}`);
  // `'http://…/redis-server_7.0.15.deb' redis-server_7.0.15.deb 73908 SHA256:…`
  const uris = await apt('download', '--print-uris', ...packages);
  const sizes = [...uris.matchAll(/^'\S+' \S+ (\d+)/gm)].map(([, bytes]) => Number(bytes));
  onPlan({ packages: packages.length, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) });
  await apt('download', ...packages);
}

/** The first error or warning: the others follow from it. */
function readAptError({ message, stderr }: { readonly message: string; readonly stderr?: string }): string {
  const line = /^[EW]: (.*?)\.?\s*$/m.exec(stderr ?? '')?.[1] ?? message.split('\n')[0] ?? '';
  return line.replace(/\s+/g, ' ');
}
