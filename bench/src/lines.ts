// What the generator reads, line by line, in a file that is gone afterwards.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function withLines<T>(lines: readonly string[], use: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-bench-'));
  try {
    const file = join(folder, 'lines');
    writeFileSync(file, `${lines.join('\n')}\n`);
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
