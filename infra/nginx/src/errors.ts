// Why there is no gateway: one error, whose lines say what is wrong and how to mend it.

/** Exit codes of the commands that throw it: 1 it cannot run, 3 a program is missing, 64 a setting is not allowed. */
export type GatewayExitCode = 1 | 3 | 64;

export class GatewayError extends Error {
  readonly exitCode: GatewayExitCode;

  constructor(exitCode: GatewayExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GatewayError';
    this.exitCode = exitCode;
  }
}
