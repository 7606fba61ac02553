// Reads the command line of a script. Wrong usage is refused before the script does anything.

import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The exit code of wrong usage (sysexits.h). */
export const USAGE = 64;

type Options = NonNullable<ParseArgsConfig['options']>;
export type Arguments<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

export interface Usage<O extends Options> {
  readonly help: string;
  readonly options: O;
  /** How many positional arguments are allowed. Default 0. */
  readonly positionals?: number;
}

/** @returns what was given; or an exit code after it has printed everything: 0 for `--help`, 64 for wrong usage. */
export function readArguments<const O extends Options>(
  args: readonly string[],
  { help, options, positionals: most = 0 }: Usage<O>,
): Arguments<O> | number {
  try {
    const all = { ...options, help: { type: 'boolean', short: 'h' } } as const;
    const given = parseArgs({ args: [...args], options: all, allowPositionals: true });
    if ((given.values as { help?: boolean }).help === true) {
      console.log(help);
      return 0;
    }
    const more = given.positionals[most];
    if (more !== undefined) throw new Error(`Unexpected argument '${more}'.`);
    return given as Arguments<O>;
  } catch (error) {
    // Node's second sentence explains arguments that begin with a dash.
    const [what = ''] = (error as Error).message.split('. ');
    return refuseUsage(what.replace(/\.?$/, '.'), help);
  }
}

/** Prints what is wrong, and the help. @returns 64 */
export function refuseUsage(what: string, help: string): number {
  console.error(`${what}\n${help}`);
  return USAGE;
}
