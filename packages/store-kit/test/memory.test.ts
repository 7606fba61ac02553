// The memory store keeps what every session store must keep.

import { describe, it } from 'vitest';
import { checkSessionStore } from '../src/index.ts';
import { memoryHarness } from './harnesses/memory.ts';

checkSessionStore({ describe, it, name: 'the memory store', ...memoryHarness });
