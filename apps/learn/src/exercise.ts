// What an exercise is. Each file of exercises/ defines one; exercises.ts lists them; commands.ts shows and checks them.
//
//   the learner's folder ──> check ──> passes, or throws the first Failure: what was done, seen, expected, and why

/** The first thing that did not hold, in words for the learner. */
export interface Failure {
  /** The request, or the call, that showed it. */
  readonly did: string;
  /** The answer, and which server gave it if there are several. */
  readonly saw: string;
  readonly expected: string;
  /** Why it matters. */
  readonly why: string;
  /** The page to read, from the root of the repository. */
  readonly read: string;
}

/** Thrown by a check. Any other error means that the learner's code failed, or that the machine lacks something. */
export class ExerciseFailure extends Error {
  override readonly name = 'ExerciseFailure';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.did}: ${failure.saw}; expected: ${failure.expected}`);
    this.failure = failure;
  }
}

export interface Exercise {
  /** As in the folder's name: `01-read-a-token`. */
  readonly name: string;
  readonly title: string;
  /** How long a learner needs, about. */
  readonly minutes: number;
  /** From a question to a pointer. */
  readonly hints: readonly [string, string, string];
  /** What `learn check` says when it passes. */
  readonly learned: string;
  /**
   * @param folder the absolute path of the learner's files
   * @throws ExerciseFailure for the first thing that does not hold
   */
  check(folder: string): Promise<void>;
}

/** @throws ExerciseFailure unless `holds` */
export function expectThat(holds: boolean, failure: Failure): asserts holds {
  if (!holds) throw new ExerciseFailure(failure);
}
