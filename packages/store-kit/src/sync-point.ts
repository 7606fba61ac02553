// Holds a store's commands back, so that another operation runs between two of them: a race is forced, not left to
// chance.
//
//   check ── controller.hold(n) ──> n more commands pass, then each waits ── controller.release() or .fail(error)
//   store ── await syncPoint.reach() before each command that it sends

/** What a harness awaits before each command that an instance sends to its server. */
export interface SyncPoint {
  /** Undefined: go on. A promise: wait for it; if it rejects, the connection was lost before the command. */
  reach(): Promise<void> | undefined;
}

export interface SyncPointController extends SyncPoint {
  /** Commands that have reached the point since it was made. */
  readonly reached: number;
  /** Lets `commands` more pass and holds those after. */
  hold(commands: number): void;
  /** Resolves when a command is being held. */
  waitUntilHeld(): Promise<void>;
  /** Lets everything pass, from now on. */
  release(): void;
  /** Fails what is being held with `error`, and lets everything pass from now on. */
  fail(error: Error): void;
}

interface HeldCommand {
  resume(): void;
  fail(error: Error): void;
}

export function createSyncPoint(): SyncPointController {
  let budget = Number.POSITIVE_INFINITY;
  let reached = 0;
  let held: HeldCommand[] = [];
  let watchers: (() => void)[] = [];

  function takeHeld(): HeldCommand[] {
    const commands = held;
    held = [];
    budget = Number.POSITIVE_INFINITY;
    return commands;
  }

  return {
    get reached() {
      return reached;
    },
    reach() {
      reached++;
      if (budget > 0) {
        budget--;
        return undefined;
      }
      const turn = new Promise<void>((resume, fail) => held.push({ resume, fail }));
      for (const notify of watchers) notify();
      watchers = [];
      return turn;
    },
    hold(commands) {
      budget = commands;
    },
    waitUntilHeld() {
      return held.length > 0 ? Promise.resolve() : new Promise((resolve) => watchers.push(resolve));
    },
    release() {
      for (const { resume } of takeHeld()) resume();
    },
    fail(error) {
      for (const command of takeHeld()) command.fail(error);
    },
  };
}
