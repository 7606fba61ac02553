// The session of one request. The hooks make one for a request with a live session, or for one whose handler asks for it;
// an anonymous request has none.
//
//   record   what the store returned last             object   `request.session`, made when a handler asks for it
//
// The text of `record.data` is the baseline: comparing texts decides what is stored when the answer leaves.

import {
  AuthError,
  type Awaitable,
  checkSubject,
  encodeSessionData,
  type IssuedSession,
  type NewSessionOptions,
  readPrincipal,
  type SessionRecord,
  type SessionStrategy,
  type Subject,
} from '@statecraft/auth-core';
import { andThen } from '@statecraft/auth-core/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addStatus, createAuthError, GuardError, runOrUnavailable } from '../errors.ts';
import type { SessionCookie } from './cookie.ts';
import { type ConflictRule, mergeSessions, parseSessionData, type SessionData } from './merge.ts';
import { createSessionObject, replaceSessionData, type SessionObject } from './session-object.ts';
import { checkSignInOptions, type SignInOptions } from './sign-in-options.ts';

/** What is the same for all requests. */
export interface SessionContext {
  readonly strategy: SessionStrategy;
  readonly cookie: SessionCookie;
  readonly onConflict: ConflictRule;
  readonly maxDataLength: number;
  /** Ids of all sessions whose tokens came with a request, dead ones included. */
  readonly findPresentedIds: (request: FastifyRequest) => readonly string[];
}

/** Beyond this many lost races the answer is 409, so that no request runs forever. */
const MAX_MERGES = 20;
const EMPTY = '{}';

/** One attempt to write: `text` is the request's own data, made over `base`. */
interface Write {
  readonly base: SessionRecord;
  readonly text: string;
  readonly over: SessionRecord;
  readonly data: string;
  readonly merges: number;
}

export class RequestSession {
  readonly #context: SessionContext;
  /** Absent on a route that the plugin's hooks do not run on. */
  readonly #reply: FastifyReply | null | undefined;
  record: SessionRecord | undefined;
  touchWanted = false;
  /** Set while an answer waits for the store. `overtaken`: another answer was given meanwhile, and dropped. */
  leaving: { overtaken: boolean } | undefined = undefined;
  /** The store refused the change, and the answer is that error: nothing more is stored. */
  refused = false;
  /** The answer is to a live session: no cache may keep it. */
  isPrivate: boolean;
  #setCookie: string | undefined = undefined;
  #object: SessionObject | undefined = undefined;
  #running: Promise<void> | undefined = undefined;

  constructor(context: SessionContext, reply: FastifyReply | null | undefined, record: SessionRecord | undefined) {
    this.#context = context;
    this.#reply = reply;
    this.record = record;
    this.isPrivate = record !== undefined;
  }

  /** @throws ERR_SESSION_UNREADABLE when the stored data is not a JSON object */
  get object(): SessionObject {
    this.#object ??= createSessionObject(this, parseSessionData(this.record?.data ?? EMPTY));
    return this.#object;
  }

  /** The Set-Cookie text of the answer. */
  get setCookie(): string | undefined {
    return this.#setCookie;
  }

  renewCookie(token: string): void {
    this.#changeCookie(this.#context.cookie.format(token));
  }

  /** Adds the cookie to the answer, once. */
  writeCookie(reply: FastifyReply, former?: string): void {
    if (this.#setCookie === undefined) return;
    const present = [reply.getHeader('set-cookie') ?? []].flat() as string[];
    if (present.includes(this.#setCookie)) return;
    const others = present.filter((text) => text !== former);
    if (others.length < present.length) reply.removeHeader('set-cookie');
    reply.header('set-cookie', others.length < present.length ? [...others, this.#setCookie] : this.#setCookie);
  }

  isCurrent(session: SessionObject): boolean {
    return this.#object === session;
  }

  isModified(): boolean {
    return this.#object !== undefined && this.#encode(this.#object) !== (this.record?.data ?? EMPTY);
  }

  signIn(subject: Subject, options: SignInOptions = {}): Promise<void> {
    return this.#runInTurn(async () => {
      const { data = {}, keep = [], ...rest } = checkSignInOptions(options);
      checkSubject(subject);
      const before = this.record;
      const mayKeep = before?.subject === undefined || before.subject.userId === subject.userId;
      const kept = mayKeep && keep.length > 0 ? pick(this.#readKept(), keep) : {};
      const text = this.#encode({ ...kept, ...data });
      await this.#issue({ ...rest, subject, data: text, ...(before && { replaces: before.id }) });
      await this.#revokeOthers(before?.id);
    });
  }

  regenerate(keep: readonly string[]): Promise<void> {
    return this.#runInTurn(async () => {
      this.#checkHeaders();
      const kept = pick(this.object, keep);
      const { record } = this;
      if (record !== undefined) {
        const issued = await runOrUnavailable(() => this.#context.strategy.rotate(record));
        if (issued === undefined) return this.#refuseGone();
        this.#begin(issued);
      }
      replaceSessionData(this.object, kept);
      await this.#store();
    });
  }

  destroy(): Promise<void> {
    return this.#runInTurn(async () => {
      const id = this.record?.id;
      if (id !== undefined) await runOrUnavailable(() => this.#context.strategy.revoke(id));
      const others = await this.#revokeOthers(id);
      if (id !== undefined || others > 0 || this.#setCookie !== undefined) {
        this.#changeCookie(this.#context.cookie.removal);
      }
      this.#detach();
    });
  }

  reload(): Promise<void> {
    return this.#runInTurn(async () => {
      const id = this.record?.id;
      if (id !== undefined) {
        const fresh = await runOrUnavailable(() => this.#context.strategy.read(id));
        if (fresh === undefined) return this.#refuseGone();
        this.#adopt(fresh);
      }
      replaceSessionData(this.object, parseSessionData(this.record?.data ?? EMPTY));
    });
  }

  save(): Promise<void> {
    return this.#runInTurn(async () => this.#store());
  }

  /**
   * Stores what was changed, before the answer leaves. No promise when there is nothing to wait for: a request that only
   * reads, and a store that answers values. `mayStart`: whether changes may start a session.
   */
  commit(mayStart: boolean): Awaitable<void> {
    if (this.#running !== undefined) return this.#running.then(ignore, ignore).then(() => this.commit(mayStart));
    const isChanged = this.isModified();
    if (isChanged && (mayStart || this.record !== undefined)) return this.#track(this.#store());
    if (isChanged) this.#warnOfDroppedChange();
    const { record, touchWanted } = this;
    if (!touchWanted || record === undefined) return undefined;
    this.touchWanted = false;
    return andThen(
      runOrUnavailable(() => this.#context.strategy.touch(record)),
      ignore,
    );
  }

  /** Starts an empty session for a request that has none (saveUninitialized). */
  start(): Awaitable<void> {
    return this.#track(this.#issue({ data: this.#encode(this.object) }));
  }

  #store(): Awaitable<void> {
    const text = this.#encode(this.object);
    const { record } = this;
    if (record === undefined) return this.#issue({ data: text });
    if (text !== record.data) return this.#write({ base: record, text, over: record, data: text, merges: 0 });
  }

  /** Writes `data` over the record `over`; after a conflict, what `onConflict` makes of both changes. */
  #write(write: Write): Awaitable<void> {
    const { over, data, text } = write;
    return andThen(
      runOrUnavailable(() => this.#context.strategy.update(over, data)),
      (update) => {
        if (update.outcome === 'gone') return this.#refuseGone();
        if (update.outcome === 'updated') return this.#adoptWritten(update.session, text);
        return this.#resolveConflict(write);
      },
    );
  }

  async #resolveConflict({ base, text, merges }: Write): Promise<void> {
    const { strategy, onConflict } = this.#context;
    if (onConflict === 'reject' || merges >= MAX_MERGES) throw createAuthError('ERR_SESSION_CONFLICT');
    const theirs = await runOrUnavailable(() => strategy.read(base.id));
    if (theirs === undefined) return this.#refuseGone();
    const merged = this.#merge(text, theirs.data, base.data);
    if (merged === undefined) throw createAuthError('ERR_SESSION_CONFLICT');
    if (merged === theirs.data) return this.#adoptWritten(theirs, text);
    return this.#write({ base, text, over: theirs, data: merged, merges: merges + 1 });
  }

  #merge(mine: string, theirs: string, base: string): string | undefined {
    const merged = mergeSessions(
      this.#context.onConflict,
      parseSessionData(mine),
      parseSessionData(theirs),
      parseSessionData(base),
    );
    return merged === undefined ? undefined : this.#encode(merged);
  }

  /** After a merge the object gets what the other request stored. */
  #adoptWritten(record: SessionRecord, sent: string): void {
    this.record = record;
    if (record.data !== sent && this.#object !== undefined) {
      replaceSessionData(this.#object, parseSessionData(record.data));
    }
  }

  #issue(start: NewSessionOptions): Awaitable<void> {
    this.#checkHeaders();
    return andThen(
      runOrUnavailable(() => this.#context.strategy.issue(start)),
      (issued) => this.#begin(issued),
    );
  }

  #begin({ token, session }: IssuedSession): void {
    const { strategy, cookie } = this.#context;
    this.#adopt(session);
    this.isPrivate = true;
    // A session with a lifetime of its own: the browser keeps the cookie as long.
    const isOwn = session.absoluteExpiresAt - session.createdAt !== strategy.absoluteMs;
    const maxAgeMs = isOwn ? session.absoluteExpiresAt - strategy.clock() : undefined;
    this.#changeCookie(cookie.format(token, maxAgeMs));
    if (this.#object !== undefined) replaceSessionData(this.#object, parseSessionData(session.data));
  }

  #adopt(record: SessionRecord): void {
    this.record = record;
    if (this.#reply) this.#reply.request.principal = readPrincipal(record);
  }

  /** Cuts off the object that handlers hold: what they still write to it reaches no store. */
  #detach(): void {
    this.record = undefined;
    this.#object = undefined;
    if (this.#reply) this.#reply.request.principal = null;
  }

  /** Sets the header immediately, so that a hijacked reply has it in `reply.getHeaders()`. */
  #changeCookie(text: string): void {
    const former = this.#setCookie;
    this.#setCookie = text;
    if (this.#reply) this.writeCookie(this.#reply, former);
  }

  /** Ends the other sessions whose cookies came with the request: no twin of this browser lives on. Answers how many. */
  async #revokeOthers(known: string | undefined): Promise<number> {
    if (!this.#reply) return 0;
    const ids = new Set(this.#context.findPresentedIds(this.#reply.request));
    if (known !== undefined) ids.delete(known);
    await runOrUnavailable(() => Promise.all([...ids].map((id) => this.#context.strategy.revoke(id))));
    return ids.size;
  }

  /** The cookie stays: a sign-in that came meanwhile may have set a new one. */
  #refuseGone(): never {
    this.#detach();
    throw createAuthError('ERR_SESSION_GONE');
  }

  /** A new token that no header can carry would leave a session that no browser can present. */
  #checkHeaders(): void {
    if (this.#reply?.raw.headersSent) throw new GuardError('ERR_HEADERS_SENT');
  }

  /** @throws ERR_SESSION_DATA_UNSERIALIZABLE, ERR_SESSION_DATA_TOO_LARGE */
  #encode(data: object): string {
    try {
      return encodeSessionData(data, this.#context.maxDataLength);
    } catch (error) {
      throw addStatus(error);
    }
  }

  /** Data that cannot be read is replaced by a sign-in, and nothing of it is kept. */
  #readKept(): SessionObject | SessionData {
    try {
      return this.object;
    } catch (error) {
      if (error instanceof AuthError && error.code === 'ERR_SESSION_UNREADABLE') return {};
      throw error;
    }
  }

  #warnOfDroppedChange(): void {
    if (!this.#reply) return;
    const { request } = this.#reply;
    const route = request.routeOptions.url ?? request.url;
    request.log.warn(
      `The route ${request.method} ${route} changed an anonymous session, which is not stored: a ${request.method} ` +
        'starts no session. Call request.session.save() to start one.',
    );
  }

  /** One at a time, in the order of the calls: a save that no handler awaited does not race the answer's own. */
  #runInTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#running === undefined ? action() : this.#running.then(action, action);
    this.#track(turn);
    return turn;
  }

  /** Later operations wait for this one, if there is anything to wait for. */
  #track(turn: Awaitable<void>): Awaitable<void> {
    if (!(turn instanceof Promise)) return turn;
    this.#running = turn;
    const leave = () => {
      if (this.#running === turn) this.#running = undefined;
    };
    turn.then(leave, leave);
    return turn;
  }
}

function pick(session: SessionObject | SessionData, names: readonly string[]): SessionData {
  const own = names.filter((name) => Object.hasOwn(session, name));
  return Object.fromEntries(own.map((name) => [name, Reflect.get(session, name)]));
}

const ignore = (): undefined => undefined;
