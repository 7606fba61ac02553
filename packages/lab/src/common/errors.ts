// Why a run does not begin or does not end. The CLI prints the message and exits with the code.

/** 64: wrong usage. 3: the machine lacks something. 130: interrupted. */
export type ExitCode = 3 | 64 | 130;

export class LabError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'LabError';
    this.exitCode = exitCode;
  }
}

export const createUsageError = (message: string): LabError => new LabError(64, message);
export const createMachineError = (message: string): LabError => new LabError(3, message);
export const createInterruption = (): LabError =>
  new LabError(130, 'Interrupted. Everything that was started has been ended.');
