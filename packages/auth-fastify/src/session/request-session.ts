// What one request knows of its session, from the first byte of its header to the last of its answer. The hooks make
// one for a request with a live session, or for one whose handler asks; an anonymous request has none.
//
//   record   what the store held when we last looked      object   `request.session`, made when a handler asks for it
//
// The text of `record.data` is the baseline: what is stored when the answer leaves is decided by comparing texts.

import {
  AuthError,
  encodeSessionData,
  type IssuedSession,
  type Principal,
  type SessionRecord,
  type SessionStrategy,
  type Subject,
} from '@statecraft/auth-core';
import type { FastifyReply } from 'fastify';
import type { SessionCookie } from './cookie.ts';
import { type ConflictRule, mergeSessions, parseSessionData, type SessionData } from './merge.ts';
import { principalOf, type SessionUser, userOf } from './principal-of.ts';
import type { Remembered } from './remembered.ts';
import { createSessionObject, replaceSessionData, type SessionObject } from './session-object.ts';
import { orUnavailable } from './unavailable.ts';

/** What is the same for all requests. */
export interface SessionContext {
  readonly strategy: SessionStrategy;
  readonly cookie: SessionCookie;
  readonly users: Remembered<SessionUser | undefined>;
  readonly onConflict: ConflictRule;
  readonly maxDataLength: number;
}

export interface SignInOptions {
  /** What the new session begins with. */
  readonly data?: SessionData;
  /** Names of properties to carry over from the present session, if it is nobody's or the same user's. */
  readonly keep?: readonly string[];
}

/** Beyond this many lost races the answer is 409, so that no request runs forever. */
const MAX_MERGES = 20;
const EMPTY = '{}';

export class RequestSession {
  readonly #context: SessionContext;
  /** Absent on a route that the plugin's hooks do not see. */
  readonly #reply: FastifyReply | null | undefined;
  record: SessionRecord | undefined;
  touchWanted = false;
  /** Set while an answer waits for the store. `overtaken`: another answer was given meanwhile, and dropped. */
  leaving: { overtaken: boolean } | undefined = undefined;
  /** The store refused the change, and the answer is that error: nothing more is stored. */
  refused = false;
  #setCookie: string | undefined = undefined;
  /** The answer is a signed-in user's: no cache may keep it. */
  isPrivate: boolean;
  #object: SessionObject | undefined = undefined;
  #principal: Principal | null | undefined = undefined;
  #running: Promise<void> | undefined = undefined;

  constructor(context: SessionContext, reply: FastifyReply | null | undefined, record: SessionRecord | undefined) {
    this.#context = context;
    this.#reply = reply;
    this.record = record;
    this.isPrivate = record !== undefined;
  }

  /** @throws ERR_SESSION_INVALID when what is stored is no JSON object. */
  get object(): SessionObject {
    this.#object ??= this.#parse();
    return this.#object;
  }

  /** From what is stored, not from what a handler changed. Null for nobody, and for data that names no user. */
  get principal(): Principal | null {
    if (this.#principal === undefined) this.#principal = this.#readPrincipal();
    return this.#principal;
  }

  /** The Set-Cookie text of the answer. */
  get setCookie(): string | undefined {
    return this.#setCookie;
  }

  /** Set on the reply immediately, so that a hijacked reply has it in `reply.getHeaders()`. */
  set setCookie(text: string) {
    const former = this.#setCookie;
    this.#setCookie = text;
    if (this.#reply) this.writeCookie(this.#reply, former);
  }

  /** Adds the cookie to the answer, once; `former`, an earlier one of this session, leaves it. */
  writeCookie(reply: FastifyReply, former?: string): void {
    if (this.#setCookie === undefined) return;
    const there = [reply.getHeader('set-cookie') ?? []].flat() as string[];
    if (there.includes(this.#setCookie)) return;
    const others = there.filter((cookie) => cookie !== former);
    if (others.length < there.length) reply.removeHeader('set-cookie');
    reply.header('set-cookie', others.length < there.length ? [...others, this.#setCookie] : this.#setCookie);
  }

  isCurrent(session: SessionObject): boolean {
    return this.#object === session;
  }

  isModified(): boolean {
    return this.#object !== undefined && this.#text(this.#object) !== (this.record?.data ?? EMPTY);
  }

  signIn(subject: Subject, { data = {}, keep = [] }: SignInOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.record;
      const mayKeep = before?.userId === undefined || before.userId === subject.userId;
      const kept = mayKeep && keep.length > 0 ? pick(this.object, keep) : {};
      const text = this.#text({ ...kept, ...data, user: userOf(subject) });
      await this.#issue(text, subject.userId, before?.id);
    });
  }

  regenerate(keep: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      this.#demandHeaders();
      const kept = pick(this.object, [...keep, 'user']);
      if (this.record !== undefined) {
        const issued = await orUnavailable(() => this.#context.strategy.rotate(this.#live()));
        if (issued === undefined) return this.#refuseGone();
        this.#begin(issued);
      }
      replaceSessionData(this.object, kept);
      await this.#store();
    });
  }

  destroy(): Promise<void> {
    return this.#inTurn(async () => {
      const id = this.record?.id;
      if (id !== undefined) await orUnavailable(() => this.#context.strategy.revoke(id));
      this.#end();
    });
  }

  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const id = this.record?.id;
      if (id !== undefined) {
        const fresh = await orUnavailable(() => this.#context.strategy.read(id));
        if (fresh === undefined) return this.#refuseGone();
        this.record = fresh;
        this.#principal = undefined;
      }
      replaceSessionData(this.object, parseSessionData(this.record?.data ?? EMPTY));
    });
  }

  save(): Promise<void> {
    return this.#inTurn(() => this.#store());
  }

  /**
   * Before the answer leaves: stores what was changed. Undefined when there is nothing to do, so that a request that
   * only reads costs no promise. `mayStart`: whether changes may start a session.
   */
  commit(mayStart: boolean): Promise<void> | undefined {
    if (this.#running !== undefined) return this.#running.then(ignore, ignore).then(() => this.commit(mayStart));
    if (this.record === undefined ? mayStart && this.isModified() : this.isModified()) return this.save();
    const { record, touchWanted } = this;
    if (!touchWanted || record === undefined) return undefined;
    this.touchWanted = false;
    return orUnavailable(() => this.#context.strategy.touch(record)).then(ignore);
  }

  /** Starts an empty session for somebody who has none (saveUninitialized). */
  start(): Promise<void> {
    return this.#inTurn(() => this.#issue(this.#text(this.object), undefined, undefined));
  }

  async #store(): Promise<void> {
    const text = this.#text(this.object);
    const { record } = this;
    if (record === undefined) await this.#issue(text, undefined, undefined);
    else if (text !== record.data) await this.#write(record, text);
  }

  async #write(base: SessionRecord, text: string): Promise<void> {
    const { strategy } = this.#context;
    let over = base;
    let data = text;
    for (let merges = 0; merges <= MAX_MERGES; merges++) {
      const update = await orUnavailable(() => strategy.update(over, data));
      if (update.outcome === 'gone') return this.#refuseGone();
      if (update.outcome === 'updated') return this.#written(update.session, text);
      if (this.#context.onConflict === 'reject') break;
      const theirs = await orUnavailable(() => strategy.read(base.id));
      if (theirs === undefined) return this.#refuseGone();
      const merged = this.#merge(text, theirs.data, base.data);
      if (merged === undefined) break;
      if (merged === theirs.data) return this.#written(theirs, text);
      over = theirs;
      data = merged;
    }
    throw new AuthError('ERR_SESSION_CONFLICT');
  }

  #merge(mine: string, theirs: string, base: string): string | undefined {
    const [a, b, c] = [mine, theirs, base].map(parseSessionData) as [SessionData, SessionData, SessionData];
    const merged = mergeSessions(this.#context.onConflict, a, b, c);
    return merged === undefined ? undefined : this.#text(merged);
  }

  #written(record: SessionRecord, sent: string): void {
    this.record = record;
    // A merge brought in what another request wrote.
    if (record.data !== sent && this.#object !== undefined) {
      replaceSessionData(this.#object, parseSessionData(record.data));
    }
  }

  async #issue(data: string, userId: string | undefined, replaces: string | undefined): Promise<void> {
    this.#demandHeaders();
    const start = { data, ...(userId !== undefined && { userId }), ...(replaces !== undefined && { replaces }) };
    this.#begin(await orUnavailable(() => this.#context.strategy.issue(start)));
  }

  #begin({ token, session }: IssuedSession): void {
    this.record = session;
    this.setCookie = this.#context.cookie.give(token);
    this.isPrivate = true;
    this.#principal = undefined;
    if (this.#object !== undefined) replaceSessionData(this.#object, parseSessionData(session.data));
  }

  /** The object that handlers hold is cut off: whatever they still write to it reaches no store. */
  #end(): void {
    if (this.record !== undefined || this.setCookie !== undefined) this.setCookie = this.#context.cookie.clear;
    if (this.record !== undefined) this.#context.users.forget(this.record.id);
    this.record = undefined;
    this.#object = undefined;
    this.#principal = undefined;
  }

  #refuseGone(): never {
    this.#end();
    throw new AuthError('ERR_SESSION_GONE');
  }

  /** A new token that no header can carry would leave a session that no browser can present. */
  #demandHeaders(): void {
    if (this.#reply?.raw.headersSent) throw new AuthError('ERR_HEADERS_SENT');
  }

  #live(): SessionRecord {
    if (this.record === undefined) throw new AuthError('ERR_SESSION_GONE');
    return this.record;
  }

  #text(data: object): string {
    return encodeSessionData(data, this.#context.maxDataLength);
  }

  #readPrincipal(): Principal | null {
    const { record } = this;
    if (record?.userId === undefined) return null;
    const user = this.#context.users.of(record);
    return user === undefined ? null : principalOf(user, record);
  }

  #parse(): SessionObject {
    return createSessionObject(this, this.record === undefined ? {} : parseSessionData(this.record.data));
  }

  /** One at a time, in the order of the calls: a save that nobody awaited does not race the answer's own. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#running === undefined ? action() : this.#running.then(action, action);
    this.#running = turn;
    const leave = () => {
      if (this.#running === turn) this.#running = undefined;
    };
    turn.then(leave, leave);
    return turn;
  }
}

function pick(session: SessionObject, names: readonly string[]): SessionData {
  const own = names.filter((name) => Object.hasOwn(session, name));
  return Object.fromEntries(own.map((name) => [name, Reflect.get(session, name)]));
}

const ignore = (): undefined => undefined;
