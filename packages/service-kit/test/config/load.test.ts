// Environment → configuration, or every problem at once.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ConfigError,
  flag,
  loadConfig,
  nearest,
  oneOf,
  type Rule,
  type Schema,
  secret,
  serviceVariables,
  url,
  wholeNumber,
} from '../../src/index.ts';

const SECRET = 'canary-secret-of-36-bytes-0123456789';
const SCHEMA = {
  PORT: wholeNumber(0, 65535, { fallback: 3000, description: '' }),
  MODE: oneOf(['memory', 'redis'], { fallback: 'memory', description: '' }),
  DEMO_USERS: flag({ fallback: false, description: '' }),
  JWT_SECRET: secret(32, { description: '' }),
  REDIS_URL: url(['redis:'], { fallback: 'redis://localhost', description: '' }),
};

function problemsOf<S extends Schema>(schema: S, env: Record<string, string>, expected = {}): readonly string[] {
  try {
    loadConfig(schema, env, expected);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
}

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'secret');
  writeFileSync(file, text);
  return file;
}

it('takes the fallbacks from an empty environment', () => {
  expect(loadConfig(SCHEMA, {})).toEqual({
    PORT: 3000,
    MODE: 'memory',
    DEMO_USERS: false,
    JWT_SECRET: undefined,
    REDIS_URL: 'redis://localhost',
  });
});

it('takes what is set', () => {
  const env = { PORT: '0', MODE: 'redis', DEMO_USERS: '1', JWT_SECRET: SECRET, REDIS_URL: 'redis://:pw@host:1/2' };
  expect(loadConfig(SCHEMA, env)).toEqual({ ...env, PORT: 0, DEMO_USERS: true });
});

it('tells all problems at once, a line each, with what is allowed and what was given', () => {
  expect(problemsOf(SCHEMA, { PORT: '70000', MODE: 'postgres', DEMO_USERS: 'yes', JWT_SECRET: 'short' })).toEqual([
    'PORT must be a whole number from 0 to 65535, and is "70000".',
    'MODE must be one of memory, redis, and is "postgres".',
    'DEMO_USERS must be 1 or 0, and is "yes".',
    'JWT_SECRET must be at least 32 bytes.',
  ]);
});

it('keeps a value with line breaks and colours in one line', () => {
  const [line] = problemsOf(SCHEMA, { PORT: '1\r\n\u001b[31mforged' });
  expect(line).toBe('PORT must be a whole number from 0 to 65535, and is "1\\r\\n\\u001b[31mforged".');
});

it('never prints a secret, nor a URL, which may hold a password', () => {
  const env = { JWT_SECRET: SECRET.slice(0, 20), REDIS_URL: `http://:${SECRET}@host`, JWT_SECRT: SECRET };
  const lines = problemsOf(SCHEMA, env, { prefixes: ['JWT_'] });
  expect(lines).toHaveLength(3);
  expect(lines.join('\n')).not.toContain('canary');
});

describe('whole numbers', () => {
  it.each(['', ' 1', '1 ', '+1', '-1', '1.0', '1e3', '0x10', '010', '1_000', '١', '1s', '9'.repeat(16)])(
    'refuse %j',
    (text) => expect(problemsOf(SCHEMA, { PORT: text })).toHaveLength(1),
  );

  it('take both bounds and neither beyond', () => {
    const schema = { N: wholeNumber(5, 9, { description: '' }) };
    expect(['4', '5', '9', '10'].map((N) => problemsOf(schema, { N }).length)).toEqual([1, 0, 0, 1]);
  });
});

describe('NAME_FILE', () => {
  it('reads a secret from a file, without the line break at its end', () => {
    expect(loadConfig(SCHEMA, { JWT_SECRET_FILE: fileWith(`${SECRET}\n`) }).JWT_SECRET).toBe(SECRET);
    expect(loadConfig(SCHEMA, { JWT_SECRET_FILE: fileWith(`${SECRET}\r\n`) }).JWT_SECRET).toBe(SECRET);
  });

  it('keeps what else is in the file', () => {
    expect(loadConfig(SCHEMA, { JWT_SECRET_FILE: fileWith(` ${SECRET}\n\n`) }).JWT_SECRET).toBe(` ${SECRET}\n`);
  });

  it('holds the file to the same rule', () => {
    expect(problemsOf(SCHEMA, { JWT_SECRET_FILE: fileWith('canary') })).toEqual([
      'JWT_SECRET must be at least 32 bytes.',
    ]);
  });

  it('says that the file cannot be read', () => {
    const [line] = problemsOf(SCHEMA, { JWT_SECRET_FILE: join(tmpdir(), 'statecraft-no-such-file') });
    expect(line).toMatch(/^JWT_SECRET_FILE names a file that cannot be read: ENOENT/);
  });

  it('refuses both, because one of them would do nothing', () => {
    const env = { JWT_SECRET: SECRET, JWT_SECRET_FILE: fileWith(SECRET) };
    expect(problemsOf(SCHEMA, env)).toEqual(['JWT_SECRET and JWT_SECRET_FILE are both set: set one of them.']);
  });

  it('is for secrets only', () => {
    expect(problemsOf(SCHEMA, { PORT_FILE: fileWith('1') }, { prefixes: ['PORT'] })).toEqual([
      'PORT_FILE is not a variable of this server. Did you mean PORT?',
    ]);
  });
});

describe('names that no schema has', () => {
  const prefixes = ['JWT_', 'REDIS_', 'SESSION_', 'PASSWORD_'];

  it('are refused with the nearest', () => {
    expect(problemsOf(SCHEMA, { JWT_SECRT: SECRET, REDIS_ULR: '' }, { prefixes })).toEqual([
      'JWT_SECRT is not a variable of this server. Did you mean JWT_SECRET?',
      'REDIS_ULR is not a variable of this server. Did you mean REDIS_URL?',
    ]);
  });

  it('are left alone without one of the prefixes', () => {
    expect(problemsOf(SCHEMA, { PATH: '/bin', EDITOR: 'vi' }, { prefixes })).toEqual([]);
  });

  it.each([
    ['LOG_LEVL', 'LOG_LEVEL'],
    ['NODE_EVN', 'NODE_ENV'],
    ['INSTANCEID', 'INSTANCE_ID'],
    ['TRUST_PROXIE', 'TRUST_PROXY'],
    ['BODY_LIMIT_BYTE', 'BODY_LIMIT_BYTES'],
  ])('are refused without a prefix, too, when they are all but one of ours: %s', (name, meant) => {
    const problems = problemsOf(serviceVariables(3000), { [name]: 'x' });
    expect(problems).toEqual([`${name} is not a variable of this server. Did you mean ${meant}?`]);
  });

  it('are left alone when they are what shells, npm and CI set', () => {
    const names = ['HOSTNAME', 'HOME', 'LOGNAME', 'PORTS', 'HOSTS', 'DOCS_', 'NODE_OPTIONS', 'NODE_PATH', 'NODE_HOME'];
    const others = [
      'NODE_V8_COVERAGE',
      'LOG_DIR',
      'npm_node_env',
      'INSTANCE',
      'NODENV_ROOT',
      'NODE_TLS_REJECT_UNAUTHORIZED',
    ];
    const env = Object.fromEntries([...names, ...others].map((name) => [name, 'x']));
    expect(problemsOf(serviceVariables(3000), env)).toEqual([]);
  });

  it('are left alone when Kubernetes set them for a Service named redis', () => {
    const links = {
      REDIS_SERVICE_HOST: '10.0.0.1',
      REDIS_SERVICE_PORT: '6379',
      REDIS_SERVICE_PORT_CLIENT: '6379',
      REDIS_PORT: 'tcp://10.0.0.1:6379',
      REDIS_PORT_6379_TCP: 'tcp://10.0.0.1:6379',
      REDIS_PORT_6379_TCP_PROTO: 'tcp',
      REDIS_PORT_6379_TCP_PORT: '6379',
      REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
    };
    expect(problemsOf(SCHEMA, links, { prefixes })).toEqual([]);
  });

  it('are left alone when a desktop or the password manager set them', () => {
    const desktop = { SESSION_MANAGER: 'local/host:@/tmp/.ICE-unix/1', PASSWORD_STORE_DIR: 'store' };
    expect(problemsOf(SCHEMA, desktop, { prefixes })).toEqual([]);
  });

  it('are told by edit distance', () => {
    expect(nearest('SESSION_IDLE_SECOND', ['SESSION_STORE', 'SESSION_IDLE_SECONDS', 'PORT'])).toBe(
      'SESSION_IDLE_SECONDS',
    );
  });
});

describe('rules between variables', () => {
  const rules: Rule<typeof SCHEMA>[] = [
    { of: ['MODE', 'PORT'], problem: ({ MODE, PORT }) => MODE === 'redis' && PORT === 1 && 'not both' },
  ];

  it('add their line to the others', () => {
    const lines = problemsOf(SCHEMA, { MODE: 'redis', PORT: '1', DEMO_USERS: 'maybe' }, { rules });
    expect(lines).toEqual(['DEMO_USERS must be 1 or 0, and is "maybe".', 'not both']);
  });

  it('are not asked when one of theirs is wrong by itself', () => {
    const ask: Rule<typeof SCHEMA>[] = [{ of: ['PORT'], problem: () => 'asked' }];
    expect(problemsOf(SCHEMA, { PORT: 'x' }, { rules: ask })).not.toContain('asked');
  });
});

describe('TRUST_PROXY', () => {
  const schema = serviceVariables(3000);

  it.each(['10.0.0.1', '10.0.0.0/8, 192.168.1.1', '::1,fd00::/8'])('takes %s', (TRUST_PROXY) => {
    expect(loadConfig(schema, { TRUST_PROXY }).TRUST_PROXY).toBe(TRUST_PROXY);
  });

  it.each(['', 'true', '*', 'a', '10.0.0.1/33', 'fd00::/129', '10.0.0.1/8/8', '10.0.0.1,', '1.2.3'])(
    'refuses %j, which would trust nobody or everybody',
    (TRUST_PROXY) => expect(problemsOf(schema, { TRUST_PROXY })).toHaveLength(1),
  );
});
