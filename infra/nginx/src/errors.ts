// The one error of the gateway. Its message says what is wrong and how to fix it.

/** The exit code of the command: 1 it cannot run, 3 a program is missing, 64 a setting is invalid. */
export type GatewayExitCode = 1 | 3 | 64;

export class GatewayError extends Error {
  readonly exitCode: GatewayExitCode;

  constructor(exitCode: GatewayExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GatewayError';
    this.exitCode = exitCode;
  }
}
