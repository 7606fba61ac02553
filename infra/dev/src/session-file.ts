// Where servers that a command starts on this machine keep sessions with SESSION_STORE=sqlite.

import { join } from 'node:path';
import { makeStateFolder } from './state.ts';

/**
 * SESSION_STORE, and the file of `sqlite`: that of `env`, without it one in the state folder, which all servers share.
 * In production there is no default: the servers refuse to start without one.
 * @param store in place of that of `env`
 */
export function readSessionEnv(env: Readonly<NodeJS.ProcessEnv>, store = env.SESSION_STORE) {
  if (store === undefined) return {};
  if (store !== 'sqlite' || env.SESSION_SQLITE_PATH !== undefined || env.NODE_ENV === 'production') {
    return { SESSION_STORE: store };
  }
  return { SESSION_STORE: store, SESSION_SQLITE_PATH: join(makeStateFolder(), 'sessions.sqlite') };
}
