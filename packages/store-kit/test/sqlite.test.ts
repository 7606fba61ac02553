// The SQLite store keeps what every session store must keep: two processes on one file.

import { afterAll, describe, it } from 'vitest';
import { checkSessionStore } from '../src/index.ts';
import { sqliteHarness } from './harnesses/sqlite.ts';
import { endIdleProcess } from './harnesses/store-process.ts';

afterAll(endIdleProcess);

checkSessionStore({ describe, it, name: 'the SQLite store', ...sqliteHarness });
