// Holds a store's commands back, so that one operation can be cut in two by another: a race is forced, not hoped for.
//
//   check ── control.hold(n) ──> the next n commands pass, then each waits ── control.release() or control.cut(error)
//   store ── await gate.pass() before each command that it sends

/** What a harness puts before each command that an instance sends to its server. */
export interface Gate {
  /** undefined: go on at once. A promise: wait for it; when it rejects, the connection was lost before the command. */
  pass(): Promise<void> | undefined;
}

export interface GateControl extends Gate {
  /** Commands that came by since the gate was made. */
  readonly passed: number;
  /** Lets `steps` more commands by and holds those after. */
  hold(steps: number): void;
  /** Resolves when a command is being held. */
  held(): Promise<void>;
  /** Lets everything by, from now on. */
  release(): void;
  /** What is held fails with `error`, and the gate is open again. */
  cut(error: Error): void;
}

interface Waiting {
  go(): void;
  fail(error: Error): void;
}

export function createGate(): GateControl {
  let budget = Number.POSITIVE_INFINITY;
  let passed = 0;
  let waiting: Waiting[] = [];
  let heard: (() => void)[] = [];

  function open(): Waiting[] {
    const all = waiting;
    waiting = [];
    budget = Number.POSITIVE_INFINITY;
    return all;
  }

  return {
    get passed() {
      return passed;
    },
    pass() {
      passed++;
      if (budget > 0) {
        budget--;
        return undefined;
      }
      const turn = new Promise<void>((go, fail) => waiting.push({ go, fail }));
      for (const resolve of heard) resolve();
      heard = [];
      return turn;
    },
    hold(steps) {
      budget = steps;
    },
    held() {
      return waiting.length > 0 ? Promise.resolve() : new Promise((resolve) => heard.push(resolve));
    },
    release() {
      for (const { go } of open()) go();
    },
    cut(error) {
      for (const { fail } of open()) fail(error);
    },
  };
}
