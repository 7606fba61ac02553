import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, SessionStore } from '@statecraft/auth-core';

export function createFileStore(folder: string, clock: Clock): SessionStore {
  const findFile = (id: string) => join(folder, `${id}.json`);

  return {
    clock,

    create(session) {
      writeFileSync(findFile(session.id), JSON.stringify({ ...session, version: 1 }));
    },

    read(id) {
      return existsSync(findFile(id)) ? JSON.parse(readFileSync(findFile(id), 'utf8')) : undefined;
    },

    update() {
      throw new Error('update is not written yet.');
    },

    touch() {
      throw new Error('touch is not written yet.');
    },

    rotate() {
      throw new Error('rotate is not written yet.');
    },

    destroy() {
      throw new Error('destroy is not written yet.');
    },
  };
}
