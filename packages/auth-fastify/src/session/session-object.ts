// `request.session`: the data as own properties, the methods on a frozen prototype, so that no name in the data can
// replace a method. JSON.stringify sees the data and nothing else.

import { AuthError } from '@statecraft/auth-core';
import type { Session as SessionFields } from 'fastify';
import { addStatus, createAuthError } from '../errors.ts';
import type { SessionData } from './merge.ts';

type Callback = (error?: Error) => void;

/** The same methods as in @fastify/session; docs/sessions.md lists the differences. */
export interface SessionObject extends SessionFields {
  /** The store's id of the session, never its token; undefined until it is stored. */
  readonly sessionId: string | undefined;
  get<K extends keyof SessionFields>(key: K): SessionFields[K] | undefined;
  set<K extends keyof SessionFields>(key: K, value: SessionFields[K]): void;
  /** Moves the idle expiry with this answer, whether it is due or not. */
  touch(): void;
  /**
   * Gives the session a new token; the old one is dead at that moment. Keeps the user, the absolute expiry and the
   * named properties, drops the rest, and stores the result immediately.
   * @throws ERR_SESSION_GONE, ERR_SESSION_CONFLICT, ERR_STORE_UNAVAILABLE
   */
  regenerate(keep?: string[]): Promise<void>;
  regenerate(callback: Callback): void;
  regenerate(keep: string[], callback: Callback): void;
  /** Ends the session and removes the cookie. Afterwards `request.session` is a new and empty one. */
  destroy(): Promise<void>;
  destroy(callback: Callback): void;
  /** Replaces the data by what is stored. @throws ERR_SESSION_GONE, ERR_STORE_UNAVAILABLE */
  reload(): Promise<void>;
  reload(callback: Callback): void;
  /**
   * Stores what was changed, immediately; starts the session when there is none.
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

/** What the object needs of its request (RequestSession). */
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
    // A session that has ended already is not destroyed again, and its successor must not be.
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
    const gone = () => Promise.reject(createAuthError('ERR_SESSION_GONE'));
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
  throw addStatus(new AuthError('ERR_SESSION_DATA_UNSERIALIZABLE', `Session data cannot have the name "${key}".`));
}

function answer(work: Promise<void>, callback: Callback | undefined): Promise<void> | undefined {
  if (callback === undefined) {
    // A handler that does not await it gets the failure with the answer. An unhandled rejection would end the process.
    work.catch(() => undefined);
    return work;
  }
  work.then(() => callback(), callback);
  return undefined;
}

export function createSessionObject(request: SessionOwner, data: SessionData): SessionObject {
  // Names of methods in stored data were written by another program; they are left out.
  for (const name of Object.keys(data)) if (Object.hasOwn(Session.prototype, name)) Reflect.deleteProperty(data, name);
  return new Session(request, data) as unknown as SessionObject;
}

/** What works on a session whose stored data is not a JSON object: all that needs no data. */
const WITHOUT_DATA = ['destroy', 'regenerate', 'isSaved', 'isModified', 'sessionId', 'then'];

/** A session whose stored data cannot be read: any use of its data throws ERR_SESSION_UNREADABLE. */
export function createUnreadableSession(request: SessionOwner): SessionObject {
  const refuse = (): never => {
    throw createAuthError('ERR_SESSION_UNREADABLE');
  };
  const owner: SessionOwner = {
    get record() {
      return request.record;
    },
    touchWanted: false,
    isCurrent: () => request.isCurrent(proxy),
    isModified: () => false,
    regenerate: (keep) => request.regenerate(keep),
    destroy: () => request.destroy(),
    reload: () => request.reload(),
    save: () => request.save(),
  };
  const proxy: SessionObject = new Proxy(createSessionObject(owner, {}), {
    get(target, name) {
      if (!WITHOUT_DATA.includes(String(name))) return refuse();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: refuse,
    has: refuse,
    ownKeys: refuse,
    getOwnPropertyDescriptor: refuse,
    deleteProperty: refuse,
  });
  return proxy;
}

/** Replaces all properties by those of `data`. */
export function replaceSessionData(session: SessionObject, data: SessionData): void {
  for (const name of Object.keys(session)) Reflect.deleteProperty(session, name);
  for (const name of Object.keys(data))
    if (!Object.hasOwn(Session.prototype, name)) Reflect.set(session, name, data[name]);
}
