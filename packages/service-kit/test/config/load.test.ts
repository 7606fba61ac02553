// The configuration from the environment, or all problems together.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ConfigError,
  flag,
  loadConfig,
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

function listProblems<S extends Schema>(schema: S, env: Record<string, string>, expected = {}): readonly string[] {
  try {
    loadConfig(schema, env, expected);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
}

function writeSecretFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'secret');
  writeFileSync(file, text);
  return file;
}

it('loadConfig uses the defaults if the environment is empty', () => {
  expect(loadConfig(SCHEMA, {})).toEqual({
    PORT: 3000,
    MODE: 'memory',
    DEMO_USERS: false,
    JWT_SECRET: undefined,
    REDIS_URL: 'redis://localhost',
  });
});

it('loadConfig uses the values that are set', () => {
  const env = { PORT: '0', MODE: 'redis', DEMO_USERS: '1', JWT_SECRET: SECRET, REDIS_URL: 'redis://:pw@host:1/2' };
  expect(loadConfig(SCHEMA, env)).toEqual({ ...env, PORT: 0, DEMO_USERS: true });
});

it('loadConfig reports all problems together, each with the allowed and the given value', () => {
  expect(listProblems(SCHEMA, { PORT: '70000', MODE: 'postgres', DEMO_USERS: 'yes', JWT_SECRET: 'short' })).toEqual([
    'PORT must be a whole number from 0 to 65535, and is "70000".',
    'MODE must be one of memory, redis, and is "postgres".',
    'DEMO_USERS must be 1 or 0, and is "yes".',
    'JWT_SECRET must be at least 32 bytes.',
  ]);
});

it('a problem is one line, even if the value has line breaks and colours', () => {
  const [line] = listProblems(SCHEMA, { PORT: '1\r\n\u001b[31mforged' });
  expect(line).toBe('PORT must be a whole number from 0 to 65535, and is "1\\r\\n\\u001b[31mforged".');
});

it('a problem shows no secret and no URL, which may contain a password', () => {
  const env = { JWT_SECRET: SECRET.slice(0, 20), REDIS_URL: `http://:${SECRET}@host`, JWT_SECRT: SECRET };
  const lines = listProblems(SCHEMA, env, { prefixes: ['JWT_'] });
  expect(lines).toHaveLength(3);
  expect(lines.join('\n')).not.toContain('canary');
});

describe('a whole number', () => {
  it.each(['', ' 1', '1 ', '+1', '-1', '1.0', '1e3', '0x10', '010', '1_000', '١', '1s', '9'.repeat(16)])(
    'is not %j',
    (text) => expect(listProblems(SCHEMA, { PORT: text })).toHaveLength(1),
  );

  it('may be its minimum and its maximum, but not lie beyond them', () => {
    const schema = { N: wholeNumber(5, 9, { description: '' }) };
    expect(['4', '5', '9', '10'].map((N) => listProblems(schema, { N }).length)).toEqual([1, 0, 0, 1]);
  });
});

describe('NAME_FILE', () => {
  it('names a file with the secret; a line break at its end is ignored', () => {
    expect(loadConfig(SCHEMA, { JWT_SECRET_FILE: writeSecretFile(`${SECRET}\n`) }).JWT_SECRET).toBe(SECRET);
    expect(loadConfig(SCHEMA, { JWT_SECRET_FILE: writeSecretFile(`${SECRET}\r\n`) }).JWT_SECRET).toBe(SECRET);
  });

  it('does not change the rest of the file’s text', () => {
    expect(loadConfig(SCHEMA, { JWT_SECRET_FILE: writeSecretFile(` ${SECRET}\n\n`) }).JWT_SECRET).toBe(` ${SECRET}\n`);
  });

  it('has the same rule for the secret as the variable', () => {
    expect(listProblems(SCHEMA, { JWT_SECRET_FILE: writeSecretFile('canary') })).toEqual([
      'JWT_SECRET must be at least 32 bytes.',
    ]);
  });

  it('is a problem if the file cannot be read', () => {
    const [line] = listProblems(SCHEMA, { JWT_SECRET_FILE: join(tmpdir(), 'statecraft-no-such-file') });
    expect(line).toMatch(/^JWT_SECRET_FILE names a file that cannot be read: ENOENT/);
  });

  it('is a problem if the variable is set, too, because one of them would do nothing', () => {
    const env = { JWT_SECRET: SECRET, JWT_SECRET_FILE: writeSecretFile(SECRET) };
    expect(listProblems(SCHEMA, env)).toEqual(['JWT_SECRET and JWT_SECRET_FILE are both set: set one of them.']);
  });

  it('exists for secrets only', () => {
    expect(listProblems(SCHEMA, { PORT_FILE: writeSecretFile('1') }, { prefixes: ['PORT'] })).toEqual([
      'PORT_FILE is not a variable of this server. Did you mean PORT?',
    ]);
  });
});

describe('an unknown variable', () => {
  const prefixes = ['JWT_', 'REDIS_', 'SESSION_', 'PASSWORD_'];

  it('with one of the prefixes is a problem that names the most similar variable', () => {
    expect(listProblems(SCHEMA, { JWT_SECRT: SECRET, REDIS_ULR: '' }, { prefixes })).toEqual([
      'JWT_SECRT is not a variable of this server. Did you mean JWT_SECRET?',
      'REDIS_ULR is not a variable of this server. Did you mean REDIS_URL?',
    ]);
  });

  it('without one of the prefixes is ignored', () => {
    expect(listProblems(SCHEMA, { PATH: '/bin', EDITOR: 'vi' }, { prefixes })).toEqual([]);
  });

  it.each([
    ['LOG_LEVL', 'LOG_LEVEL'],
    ['NODE_EVN', 'NODE_ENV'],
    ['INSTANCEID', 'INSTANCE_ID'],
    ['TRUST_PROXIE', 'TRUST_PROXY'],
    ['BODY_LIMIT_BYTE', 'BODY_LIMIT_BYTES'],
  ])('without a prefix is a problem if it is probably a typing error: %s', (name, meant) => {
    const problems = listProblems(serviceVariables(3000), { [name]: 'x' });
    expect(problems).toEqual([`${name} is not a variable of this server. Did you mean ${meant}?`]);
  });

  it('is ignored if shells, npm or CI set it', () => {
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
    expect(listProblems(serviceVariables(3000), env)).toEqual([]);
  });

  it('is ignored if Kubernetes sets it for a Service named redis', () => {
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
    expect(listProblems(SCHEMA, links, { prefixes })).toEqual([]);
  });

  it('is ignored if a desktop or the password manager sets it', () => {
    const desktop = { SESSION_MANAGER: 'local/host:@/tmp/.ICE-unix/1', PASSWORD_STORE_DIR: 'store' };
    expect(listProblems(SCHEMA, desktop, { prefixes })).toEqual([]);
  });
});

describe('a rule between variables', () => {
  const rules: Rule<typeof SCHEMA>[] = [
    { of: ['MODE', 'PORT'], problem: ({ MODE, PORT }) => MODE === 'redis' && PORT === 1 && 'not both' },
  ];

  it('adds its problem to the others', () => {
    const lines = listProblems(SCHEMA, { MODE: 'redis', PORT: '1', DEMO_USERS: 'maybe' }, { rules });
    expect(lines).toEqual(['DEMO_USERS must be 1 or 0, and is "maybe".', 'not both']);
  });

  it('is not checked if one of its variables is wrong by itself', () => {
    const rules: Rule<typeof SCHEMA>[] = [{ of: ['PORT'], problem: () => 'checked' }];
    expect(listProblems(SCHEMA, { PORT: 'x' }, { rules })).not.toContain('checked');
  });
});

describe('TRUST_PROXY', () => {
  const schema = serviceVariables(3000);

  it.each(['10.0.0.1', '10.0.0.0/8, 192.168.1.1', '::1,fd00::/8'])('may be %s', (TRUST_PROXY) => {
    expect(loadConfig(schema, { TRUST_PROXY }).TRUST_PROXY).toBe(TRUST_PROXY);
  });

  it.each(['', 'true', '*', 'a', '10.0.0.1/33', 'fd00::/129', '10.0.0.1/8/8', '10.0.0.1,', '1.2.3'])(
    'may not be %j, which would trust no address or all addresses',
    (TRUST_PROXY) => expect(listProblems(schema, { TRUST_PROXY })).toHaveLength(1),
  );
});
