// Every way to ask whether a session is alive, with what the answer must be.

import type { Awaitable, NewSession } from '../contracts/store.ts';
import { changeOf } from './looks.ts';
import { type FullStore, HOUR, type Scene, successorOf } from './scene.ts';

export interface View {
  readonly name: string;
  /** Whether it answers as for a live session; `session` is the user's only one, and may be changed by this. */
  alive(store: FullStore, session: NewSession & { readonly userId: string }): Awaitable<boolean>;
}

export function viewsOf(scene: Scene): readonly View[] {
  const six: View[] = [
    { name: 'read', alive: async (store, { id }) => (await store.read(id)) !== undefined },
    { name: 'update', alive: async (store, { id }) => (await store.update(id, changeOf(scene, 1))) === 'updated' },
    { name: 'touch', alive: async (store, { id }) => (await store.touch(id, scene.clock() + HOUR)) === 'touched' },
    { name: 'rotate', alive: async (store, { id }) => (await store.rotate(id, successorOf(id))) === 'rotated' },
  ];
  const byUser: View[] = [
    { name: 'list', alive: async (store, { userId }) => (await store.list(userId)).length === 1 },
    { name: 'destroyAll', alive: async (store, { userId }) => (await store.destroyAll(userId)) === 1 },
  ];
  return scene.has('userSessions') ? [...six, ...byUser] : six;
}
