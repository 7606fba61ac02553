// The session of one request. The hooks make one for a request with a live session, or for one whose handler asks for
// it; an anonymous request has none.
//
//   record   what the store returned last             object   `request.session`, made when a handler asks for it
//
// The text of `record.data` is the baseline: comparing texts decides what is stored when the answer leaves.

import {
  type AuthErrorCode,
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
import { addStatus, createAuthError, GuardError } from '../errors.ts';
import type { SessionCookie } from './cookie.ts';
import type { DeviceSide } from './device/device.ts';
import { type ConflictRule, mergeSessions, parseSessionData, type SessionData } from './merge.ts';
import {
  createSessionObject,
  createUnreadableSession,
  replaceSessionData,
  type SessionObject,
} from './session-object.ts';
import { checkSignInOptions, type SignInOptions } from './sign-in-options.ts';

/** What is the same for all requests. */
export interface SessionContext {
  readonly strategy: SessionStrategy;
  readonly cookie: SessionCookie;
  /** Undefined without the option deviceBound. */
  readonly device: DeviceSide | undefined;
  readonly onConflict: ConflictRule;
  readonly maxDataLength: number;
  /** Ids of all sessions whose tokens came with a request, dead ones included. */
  readonly findPresentedIds: (request: FastifyRequest) => readonly string[];
  /** Why the request's session is refused although it is live: no other session may take its cookie's place. */
  readonly findDeviceRefusal: (request: FastifyRequest) => AuthErrorCode | undefined;
  /** Runs a call of the strategy within the time that the request may wait. Failures have an HTTP status. */
  readonly ask: <T>(request: FastifyRequest, call: () => Awaitable<T>) => Awaitable<T>;
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
  readonly #reply: FastifyReply;
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
  /** The stored data is not a JSON object. */
  #isUnreadable = false;
  #running: Promise<void> | undefined = undefined;

  constructor(context: SessionContext, reply: FastifyReply, record: SessionRecord | undefined) {
    this.#context = context;
    this.#reply = reply;
    this.record = record;
    this.isPrivate = record !== undefined;
  }

  /** For stored data that is not a JSON object, one whose data cannot be read; `destroy` and `regenerate` work. */
  get object(): SessionObject {
    this.#object ??= this.#createObject();
    return this.#object;
  }

  /** The Set-Cookie text of the answer. */
  get setCookie(): string | undefined {
    return this.#setCookie;
  }

  renewCookie(token: string, record: SessionRecord): void {
    this.#changeCookie(this.#formatCookie(token, record, false));
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
    if (this.#object === undefined || this.#isUnreadable) return false;
    // Without the limit: data that is not changed may be longer than a new limit.
    return this.#encode(this.#object, Number.POSITIVE_INFINITY) !== (this.record?.data ?? EMPTY);
  }

  signIn(subject: Subject, options: SignInOptions = {}): Promise<void> {
    return this.#runInTurn(async () => {
      const { data = {}, keep = [], ...rest } = checkSignInOptions(options);
      checkSubject(subject);
      const before = this.record;
      const mayKeep = before?.subject === undefined || before.subject.userId === subject.userId;
      const kept = mayKeep && keep.length > 0 ? this.#pick(keep) : {};
      const text = this.#encode({ ...kept, ...data });
      const offerBinding = this.#context.device?.canOffer(this.#reply.request) ?? false;
      await this.#issue({ ...rest, subject, data: text, offerBinding, ...(before && { replaces: before.id }) });
      await this.#revokeOthers(before?.id);
    });
  }

  regenerate(keep: readonly string[]): Promise<void> {
    const { object } = this;
    return this.#runInTurn(async () => {
      this.#requireCurrent(object);
      this.#checkHeaders();
      const kept = this.#pick(keep);
      const { record } = this;
      if (record !== undefined) {
        const issued = await this.#ask(() => this.#context.strategy.rotate(record));
        if (issued === undefined) return this.#refuseGone();
        this.#begin(issued);
      }
      this.#replaceData(kept);
      await this.#store();
    });
  }

  destroy(): Promise<void> {
    const object = this.#object;
    return this.#runInTurn(async () => {
      if (this.#object !== object) return;
      const id = this.record?.id;
      if (id !== undefined) await this.#ask(() => this.#context.strategy.revoke(id));
      const others = await this.#revokeOthers(id);
      if (id !== undefined || others > 0 || this.#setCookie !== undefined) {
        this.#removeCookies();
      }
      this.#detach();
    });
  }

  reload(): Promise<void> {
    const { object } = this;
    return this.#runInTurn(async () => {
      this.#requireCurrent(object);
      const id = this.record?.id;
      if (id !== undefined) {
        const fresh = await this.#ask(() => this.#context.strategy.read(id));
        if (fresh === undefined) return this.#refuseGone();
        this.#adopt(fresh);
      }
      this.#replaceData(parseSessionData(this.record?.data ?? EMPTY));
    });
  }

  save(): Promise<void> {
    const { object } = this;
    return this.#runInTurn(async () => {
      this.#requireCurrent(object);
      await this.#store();
    });
  }

  /**
   * Stores what was changed, before the answer leaves. No promise when there is nothing to wait for: a request that
   * only reads, and a store that answers values. `mayStart`: whether changes may start a session.
   */
  commit(mayStart: boolean): Awaitable<void> {
    if (this.#running !== undefined) return this.#running.then(() => this.commit(mayStart));
    const isChanged = this.isModified();
    if (isChanged && (mayStart || this.record !== undefined)) return this.#track(this.#store());
    if (isChanged) this.#warnOfDroppedChange();
    const { record, touchWanted } = this;
    if (!touchWanted || record === undefined) return undefined;
    this.touchWanted = false;
    return andThen(
      this.#ask(() => this.#context.strategy.touch(record)),
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
    if (record === undefined) return this.#startAnonymous(text);
    if (text !== record.data) return this.#write({ base: record, text, over: record, data: text, merges: 0 });
  }

  /** Writes `data` over the record `over`; after a conflict, what `onConflict` makes of both changes. */
  #write(write: Write): Awaitable<void> {
    const { over, data, text } = write;
    return andThen(
      this.#ask(() => this.#context.strategy.update(over, data)),
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
    const theirs = await this.#ask(() => strategy.read(base.id));
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

  /** @throws the code with which the request's own session was refused because of its device */
  #startAnonymous(data: string): Awaitable<void> {
    const refusal = this.#context.findDeviceRefusal(this.#reply.request);
    if (refusal !== undefined) throw createAuthError(refusal);
    return this.#issue({ data });
  }

  #issue(start: NewSessionOptions): Awaitable<void> {
    this.#checkHeaders();
    const { strategy } = this.#context;
    let issuing: Awaitable<IssuedSession> | undefined;
    const issued = this.#ask(() => {
      issuing = strategy.issue(start);
      return issuing;
    });
    if (issued instanceof Promise) issued.catch(() => this.#endLate(issuing));
    return andThen(issued, (session) => {
      this.#begin(session, start.absoluteMs !== undefined);
      this.#context.device?.offer(this.#reply, session.session);
    });
  }

  /** A session that begins after the request has given up: no browser gets its cookie. */
  #endLate(issuing: Awaitable<IssuedSession> | undefined): void {
    if (!(issuing instanceof Promise)) return;
    issuing.then(({ session }) => this.#context.strategy.revoke(session.id)).catch(ignore);
  }

  #begin({ token, session }: IssuedSession, isLifetimeAsked = false): void {
    this.#adopt(session);
    this.isPrivate = true;
    this.#changeCookie(this.#formatCookie(token, session, isLifetimeAsked));
    if (this.#object === undefined) return;
    const data = tryParse(session.data);
    if (data !== undefined) this.#replaceData(data);
  }

  /** A session with a lifetime of its own: the browser keeps the cookie as long. */
  #formatCookie(token: string, record: SessionRecord, isLifetimeAsked: boolean): string {
    const { strategy, cookie } = this.#context;
    const isOwn = isLifetimeAsked || record.absoluteExpiresAt - record.createdAt !== strategy.absoluteMs;
    return cookie.format(token, isOwn ? record.absoluteExpiresAt - strategy.clock() : undefined);
  }

  #adopt(record: SessionRecord): void {
    this.record = record;
    this.#reply.request.principal = readPrincipal(record);
  }

  #createObject(): SessionObject {
    const data = tryParse(this.record?.data ?? EMPTY);
    this.#isUnreadable = data === undefined;
    return data === undefined ? createUnreadableSession(this) : createSessionObject(this, data);
  }

  #replaceData(data: SessionData): void {
    if (this.#isUnreadable) this.#object = createSessionObject(this, data);
    else replaceSessionData(this.object, data);
    this.#isUnreadable = false;
  }

  /** The named properties. Nothing is kept of data that cannot be read. */
  #pick(names: readonly string[]): SessionData {
    const { object } = this;
    if (this.#isUnreadable) return {};
    const own = names.filter((name) => Object.hasOwn(object, name));
    return Object.fromEntries(own.map((name) => [name, Reflect.get(object, name)]));
  }

  /** Cuts off the object that handlers hold: what they still write to it reaches no store. */
  #detach(): void {
    this.record = undefined;
    this.#object = undefined;
    this.#reply.request.principal = null;
  }

  /** Sets the header immediately, so that a hijacked reply has it in `reply.getHeaders()`. */
  #changeCookie(text: string): void {
    const former = this.#setCookie;
    this.#setCookie = text;
    this.writeCookie(this.#reply, former);
  }

  /**
   * Ends the other sessions whose cookies came with the request: no twin of this browser lives on. Answers how many.
   */
  async #revokeOthers(known: string | undefined): Promise<number> {
    const ids = new Set(this.#context.findPresentedIds(this.#reply.request));
    if (known !== undefined) ids.delete(known);
    await this.#ask(() => Promise.all([...ids].map((id) => this.#context.strategy.revoke(id))));
    return ids.size;
  }

  /** The cookie stays: a sign-in that came meanwhile may have set a new one. */
  #refuseGone(): never {
    this.#detach();
    this.#dropCookie();
    throw createAuthError('ERR_SESSION_GONE');
  }

  #removeCookies(): void {
    const { cookie, device } = this.#context;
    this.#changeCookie(cookie.removal);
    device?.withdraw(this.#reply);
    const removal = device?.findRemoval(this.#reply.request);
    if (removal !== undefined && !this.#listCookies().includes(removal)) this.#reply.header('set-cookie', removal);
  }

  #listCookies(): string[] {
    return [this.#reply.getHeader('set-cookie') ?? []].flat() as string[];
  }

  /** Takes back the cookie that this request has set: its session is gone. */
  #dropCookie(): void {
    const dropped = this.#setCookie;
    this.#setCookie = undefined;
    if (dropped === undefined || this.#reply.raw.headersSent) return;
    this.#context.device?.withdraw(this.#reply);
    const others = this.#listCookies().filter((text) => text !== dropped);
    this.#reply.removeHeader('set-cookie');
    if (others.length > 0) this.#reply.header('set-cookie', others);
  }

  #ask<T>(call: () => Awaitable<T>): Awaitable<T> {
    return this.#context.ask(this.#reply.request, call);
  }

  #requireCurrent(object: SessionObject): void {
    if (this.#object !== object) throw createAuthError('ERR_SESSION_GONE');
  }

  /** A new token that no header can carry would leave a session that no browser can present. */
  #checkHeaders(): void {
    if (this.#reply.raw.headersSent) throw new GuardError('ERR_HEADERS_SENT');
  }

  /** @throws ERR_SESSION_DATA_UNSERIALIZABLE, ERR_SESSION_DATA_TOO_LARGE */
  #encode(data: object, maxLength = this.#context.maxDataLength): string {
    try {
      return encodeSessionData(data, maxLength);
    } catch (error) {
      throw addStatus(error);
    }
  }

  #warnOfDroppedChange(): void {
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

function tryParse(text: string): SessionData | undefined {
  try {
    return parseSessionData(text);
  } catch {
    return undefined;
  }
}

const ignore = (): undefined => undefined;
