// The SQLite store keeps what every session store must keep: two processes on one file.

import { describe, it } from 'vitest';
import { checkSessionStore } from '../src/index.ts';
import { sqliteHarness } from './harnesses/sqlite.ts';

checkSessionStore({ describe, it, name: 'the SQLite store', ...sqliteHarness });
