// For fleet.test.ts: a lab that starts servers and a gateway, says their pids, and stays until it is killed.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHelper } from '../src/processes/helper.ts';
import { startServer } from '../src/processes/server.ts';

const [, , entry = ''] = process.argv;
const logFile = join(mkdtempSync(join(tmpdir(), 'statecraft-lab-')), 'log');
const servers = await Promise.all(
  ['memory-1', 'memory-2'].map((name) => startServer(name, { entry, env: { LOG_LEVEL: 'warn' }, logFile })),
);
const gateway = await startHelper('gateway', []);
process.stdout.write(`${JSON.stringify([...servers, gateway].map(({ pid }) => pid))}\n`);
setInterval(() => undefined, 1_000);
