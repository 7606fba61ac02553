// infra/compose/roll.sh with programs that play docker and docker compose: a version that cannot start changes nothing.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const script = fileURLToPath(new URL('../../infra/compose/roll.sh', import.meta.url));

/** A container is a file with its state. `up` makes one more, in the state of the new version. */
const COMPOSE = `#!/bin/sh
case $1 in
  ps) ls containers | head -n 1 ;;
  up)
    started=$(ls containers | grep -c new) || true
    state=$NEW
    [ "$started" -lt "$GOOD" ] && state='running 0 healthy'
    [ "$state" != none ] || exit 1
    echo "$state" > "containers/new-$((started + 1))"
    ls containers | wc -l >> counts ;;
esac`;
const DOCKER = `#!/bin/sh
for last; do :; done
case $1 in
  ps) ls containers ;;
  inspect) case $3 in *Labels*) echo statecraft ;; *) cat "containers/$last" ;; esac ;;
  logs) echo "no database" ;;
  rm) rm "containers/$last" ;;
esac
echo "$*" >> calls`;

/**
 * @param newState of the containers of the new version
 * @param good how many of them are healthy nevertheless
 */
function roll(newState: string, good = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-roll-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['bin', 'containers']) mkdirSync(join(folder, name));
  // A pause would only make the test slower.
  for (const [name, text] of Object.entries({ compose: COMPOSE, docker: DOCKER, sleep: '#!/bin/sh' }))
    writeFileSync(join(folder, 'bin', name), text, { mode: 0o755 });
  for (const id of ['old-1', 'old-2']) writeFileSync(join(folder, 'containers', id), 'running 0 healthy');
  const env = {
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    COMPOSE: 'compose',
    ROLL_SECONDS: '1',
    NEW: newState,
    GOOD: String(good),
  };
  const { status, stderr } = spawnSync('sh', [script, 'stateful-api'], { cwd: folder, env, encoding: 'utf8' });
  const containers = spawnSync('ls', [join(folder, 'containers')], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n');
  const readLog = (name: string) => readFileSync(join(folder, name), 'utf8');
  const counts = status === 0 ? readLog('counts').trim().split('\n').map(Number) : [];
  return { status, stderr, containers, counts, calls: readLog('calls') };
}

it('replaces the old containers when the new ones are healthy', () => {
  const { status, containers, calls } = roll('running 0 healthy');
  expect([status, containers]).toEqual([0, ['new-1', 'new-2']]);
  expect(calls.match(/^(stop|rm) .*$/gm)).toEqual([
    'stop --time 15 old-1',
    'rm old-1',
    'stop --time 15 old-2',
    'rm old-2',
  ]);
});

it('starts one new container at a time: a gateway may try only three servers that do not listen yet', () => {
  expect(roll('running 0 healthy').counts).toEqual([3, 3]);
});

it('keeps what runs if a later container of the new version does not start', () => {
  const { status, stderr, containers } = roll('exited 0 ', 1);
  expect([status, containers]).toEqual([1, ['new-1', 'old-2']]);
  expect(stderr).toContain('1 of 2 are of the new version');
});

it.each([
  ['is never healthy', 'running 0 unhealthy', 'not healthy after 1 s (running 0 unhealthy)'],
  ['has no health yet', 'created 0 ', 'not healthy after 1 s (created 0 )'],
  ['ends', 'exited 0 unhealthy', 'does not stay up (exited 0 unhealthy)'],
  ['is restarted again and again', 'restarting 3 starting', 'does not stay up (restarting 3 starting)'],
])('keeps the old containers, removes the new ones and ends with 1 if the new version %s', (_what, state, reason) => {
  const { status, stderr, containers, calls } = roll(state);
  expect([status, containers]).toEqual([1, ['old-1', 'old-2']]);
  expect(stderr).toContain(`${reason}. It is removed, the others go on; 0 of 2 are of the new version.`);
  expect(stderr).toContain('no database');
  expect(calls).not.toContain('stop');
});

it('keeps the old containers and ends with 1 if the new ones cannot be created', () => {
  const { status, stderr, containers } = roll('none');
  expect([status, containers]).toEqual([1, ['old-1', 'old-2']]);
  expect(stderr).toContain('cannot be created');
});
