// A schema of variables as a Markdown table.

import { expect, it } from 'vitest';
import { describeConfig, flag, secret, text, wholeNumber } from '../../src/index.ts';

it('describeConfig writes a row for each variable: default, allowed values, purpose', () => {
  const table = describeConfig({
    PORT: wholeNumber(0, 65535, { fallback: 3000, description: 'TCP port.' }),
    DOCS: flag({ fallback: true, description: 'Serve `/docs`.' }),
    KEY: secret(32, { fallbackText: 'made at boot', description: 'Signs.' }),
    NOTE: text(/^[ab]$/, 'a | b', { description: 'One of two.' }),
  });
  expect(table).toBe(
    [
      '| variable | default | allowed | what for |',
      '|---|---|---|---|',
      '| `PORT` | `3000` | a whole number from 0 to 65535 | TCP port. |',
      '| `DOCS` | `1` | 1 or 0 | Serve `/docs`. |',
      '| `KEY` | made at boot | at least 32 bytes | Signs. Or `KEY_FILE`. |',
      '| `NOTE` | – | a \\| b | One of two. |',
    ].join('\n'),
  );
});
