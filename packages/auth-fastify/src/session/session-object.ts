// `request.session`: the data as properties of its own, the methods on a frozen prototype, so that no name in the data
// can take a method's place. JSON.stringify sees the data and nothing else.

import { AuthError } from '@statecraft/auth-core';
import type { Session as SessionFields } from 'fastify';
import type { SessionData } from './merge.ts';

type Callback = (error?: Error) => void;

/** The surface of @fastify/session; docs/sessions.md says what differs. */
export interface SessionObject extends SessionFields {
  /** The store's id of the session, never its token; undefined until it is stored. */
  readonly sessionId: string | undefined;
  get<K extends keyof SessionFields>(key: K): SessionFields[K] | undefined;
  set<K extends keyof SessionFields>(key: K, value: SessionFields[K]): void;
  /** Moves the idle expiry with this answer, whether it is due or not. */
  touch(): void;
  /**
   * A new token for the session, the old one dead at that moment; keeps the user, the absolute expiry and the named
   * properties, drops the rest, and stores that at once.
   * @throws ERR_SESSION_GONE, ERR_SESSION_CONFLICT, ERR_STORE_UNAVAILABLE
   */
  regenerate(keep?: string[]): Promise<void>;
  regenerate(callback: Callback): void;
  regenerate(keep: string[], callback: Callback): void;
  /** Ends the session and takes the cookie away. `request.session` is a new and empty one afterwards. */
  destroy(): Promise<void>;
  destroy(callback: Callback): void;
  /** What is stored, in place of what is here. @throws ERR_SESSION_GONE, ERR_STORE_UNAVAILABLE */
  reload(): Promise<void>;
  reload(callback: Callback): void;
  /**
   * Stores what was changed, now; starts the session when there is none.
   * @throws ERR_SESSION_CONFLICT, ERR_SESSION_GONE, ERR_SESSION_DATA_UNSERIALIZABLE, ERR_SESSION_DATA_TOO_LARGE,
   * ERR_STORE_UNAVAILABLE, ERR_STORE_FULL
   */
  save(): Promise<void>;
  save(callback: Callback): void;
  /** Whether the store would be written to. */
  isModified(): boolean;
  /** Whether the store has this session. */
  isSaved(): boolean;
}

/** What the object asks of its request (RequestSession), named here so that neither file needs the other's types twice. */
export interface SessionOwner {
  readonly record: { readonly id: string } | undefined;
  touchWanted: boolean;
  isCurrent(session: SessionObject): boolean;
  isModified(): boolean;
  regenerate(keep: readonly string[]): Promise<void>;
  destroy(): Promise<void>;
  reload(): Promise<void>;
  save(): Promise<void>;
}

class Session {
  readonly #request: SessionOwner;

  constructor(request: SessionOwner, data: SessionData) {
    this.#request = request;
    Object.assign(this, data);
  }

  get sessionId(): string | undefined {
    return this.#isCurrent() ? this.#request.record?.id : undefined;
  }

  get(key: string): unknown {
    return Object.hasOwn(this, key) ? Reflect.get(this, key) : undefined;
  }

  set(key: string, value: unknown): void {
    // Assignment, so that the frozen prototype refuses the names of methods.
    Reflect.set(this, key, value) || refuseName(key);
  }

  touch(): void {
    this.#request.touchWanted = true;
  }

  regenerate(keep?: string[] | Callback, callback?: Callback): Promise<void> | undefined {
    if (typeof keep === 'function') return this.regenerate([], keep);
    return this.#run(() => this.#request.regenerate(keep ?? []), callback);
  }

  destroy(callback?: Callback): Promise<void> | undefined {
    // Of a session that has ended already there is nothing to destroy, and least of all its successor.
    return answer(this.#isCurrent() ? this.#request.destroy() : Promise.resolve(), callback);
  }

  reload(callback?: Callback): Promise<void> | undefined {
    return this.#run(() => this.#request.reload(), callback);
  }

  save(callback?: Callback): Promise<void> | undefined {
    return this.#run(() => this.#request.save(), callback);
  }

  isModified(): boolean {
    return this.#isCurrent() && this.#request.isModified();
  }

  isSaved(): boolean {
    return this.#isCurrent() && this.#request.record !== undefined;
  }

  #isCurrent(): boolean {
    return this.#request.isCurrent(this as unknown as SessionObject);
  }

  #run(action: () => Promise<void>, callback: Callback | undefined): Promise<void> | undefined {
    const gone = () => Promise.reject(new AuthError('ERR_SESSION_GONE'));
    return answer(this.#isCurrent() ? action() : gone(), callback);
  }
}

// `session[name] = value` with a name from a client: neither the prototype nor a method can be replaced by it.
Object.defineProperty(Session.prototype, '__proto__', {
  get: () => undefined,
  set: () => refuseName('__proto__'),
});
Object.freeze(Session.prototype);

function refuseName(key: string): never {
  throw new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', `Session data cannot have the name "${key}".`);
}

function answer(work: Promise<void>, callback: Callback | undefined): Promise<void> | undefined {
  if (callback === undefined) {
    // Who does not await it finds out with the answer; a rejection that nobody took would end the process.
    work.catch(() => undefined);
    return work;
  }
  work.then(() => callback(), callback);
  return undefined;
}

export function createSessionObject(request: SessionOwner, data: SessionData): SessionObject {
  // Names of methods in stored data come from another writer of the same store; they are left out, not obeyed.
  for (const name of Object.keys(data)) if (Object.hasOwn(Session.prototype, name)) Reflect.deleteProperty(data, name);
  return new Session(request, data) as unknown as SessionObject;
}

/** Puts `data` in the place of all that is there. */
export function replaceSessionData(session: SessionObject, data: SessionData): void {
  for (const name of Object.keys(session)) Reflect.deleteProperty(session, name);
  for (const name of Object.keys(data))
    if (!Object.hasOwn(Session.prototype, name)) Reflect.set(session, name, data[name]);
}
