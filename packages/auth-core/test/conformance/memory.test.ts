// The memory store keeps what every session store keeps.

import { describe, it } from 'vitest';
import { checkSessionStore } from '../../src/testing/index.ts';
import { memoryHarness } from './stores.ts';

checkSessionStore({ describe, it, name: 'the memory store', ...memoryHarness });
