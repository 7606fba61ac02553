// npm run bench -- sqlite: what the SQLite store keeps when processes are killed, and for how long its writes hold an
// event loop.

import { tmpdir } from 'node:os';
import { formatCommand, readArguments, refuseUsage } from '@statecraft/infra-dev';
import { killWriters } from './kill.ts';
import { measureTurns } from './turns.ts';

const HELP = `${formatCommand('bench', ['sqlite', 'kill|turns', '[options]'])}
  kill    four processes write, and one of them is killed with -9 twenty times: how many acknowledged writes are lost
  turns   four processes write: for how long a call of the store holds an event loop, beside two controls
  --synchronous full|normal   default full
  --writes <n>                for kill: acknowledged writes, default 100000
  --seconds <n>               for turns: default 10
  --folder <path>             where the file is, default the system's folder for temporary files
Exit code: 0, 1 if a write was lost or a call held the loop for over 10 ms, 64 wrong usage.`;

const NAMES = {
  store: 'the SQLite store',
  memory: 'control: a store in memory',
  'on-loop': 'control: SQLite on the event loop',
};

const given = readArguments(process.argv.slice(2), {
  help: HELP,
  options: {
    synchronous: { type: 'string', default: 'full' },
    writes: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '10' },
    folder: { type: 'string', default: tmpdir() },
  },
  positionals: 1,
});
process.exitCode = typeof given === 'number' ? given : await run(given.positionals[0], given.values);

interface Values {
  readonly synchronous: string;
  readonly writes: string;
  readonly seconds: string;
  readonly folder: string;
}

async function run(what: string | undefined, { synchronous, writes, seconds, folder }: Values): Promise<number> {
  if (synchronous !== 'full' && synchronous !== 'normal') return refuseUsage('--synchronous is full or normal.', HELP);
  const [writeCount, secondCount] = [Number(writes), Number(seconds)];
  if (!(writeCount > 0)) return refuseUsage('--writes must be a number above 0.', HELP);
  if (!(secondCount > 0)) return refuseUsage('--seconds must be a number above 0.', HELP);
  if (what === 'kill') return runKill(folder, synchronous, writeCount);
  if (what === 'turns') return runTurns(folder, synchronous, secondCount);
  return refuseUsage(`Unknown: ${what ?? 'nothing'}.`, HELP);
}

async function runKill(folder: string, synchronous: 'full' | 'normal', writes: number): Promise<number> {
  const result = await killWriters(folder, synchronous, writes);
  const rate = Math.round(result.writes / result.seconds);
  console.log(`synchronous=${synchronous}: 4 processes, ${result.kills} kills, ${Math.round(result.seconds)} s`);
  console.log(`${result.writes} acknowledged writes (${rate} a second), ${result.lost.length} of them lost`);
  for (const line of result.lost.slice(0, 20)) console.log(`  ${line}`);
  return result.lost.length === 0 ? 0 : 1;
}

async function runTurns(folder: string, synchronous: 'full' | 'normal', seconds: number): Promise<number> {
  let longestCall = 0;
  for (const kind of ['store', 'memory', 'on-loop'] as const) {
    const { turns, writes } = await measureTurns(folder, synchronous, seconds, kind);
    if (kind === 'store') longestCall = turns.longestCall;
    console.log(`${NAMES[kind]}, synchronous=${synchronous}: ${writes} writes by 4 processes in ${seconds} s`);
    console.log(
      `  a call held the loop for ${turns.longestCall.toFixed(1)} ms at most; the longest of ${turns.count} turns took ` +
        `${turns.longest.toFixed(1)} ms, ${turns.over10} over 10 ms (with the wait for a core ${turns.longestOnClock.toFixed(1)} ms)`,
    );
  }
  return longestCall <= 10 ? 0 : 1;
}
