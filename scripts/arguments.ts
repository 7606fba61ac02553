// The command line of scripts: what is not known is refused with one line and 64, before anything is done.

import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Wrong usage (sysexits.h). */
export const USAGE = 64;

type Options = NonNullable<ParseArgsConfig['options']>;
type Given<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/** What the command line says; or the exit code, when all is said: --help is 0, wrong usage is 64. */
export function readArguments<const O extends Options>(
  args: readonly string[],
  { help, options, positionals: most = 0 }: { help: string; options: O; positionals?: number },
): Given<O> | number {
  try {
    const all = { ...options, help: { type: 'boolean', short: 'h' } } as const;
    const given = parseArgs({ args: [...args], options: all, allowPositionals: true });
    if ((given.values as { help?: boolean }).help === true) {
      console.log(help);
      return 0;
    }
    const more = given.positionals[most];
    if (more !== undefined) throw new Error(`Unexpected argument '${more}'.`);
    return given as Given<O>;
  } catch (error) {
    // Node's text goes on about arguments that begin with a dash.
    const [what = ''] = (error as Error).message.split('. ');
    console.error(`${what.replace(/\.?$/, '.')}\n${help}`);
    return USAGE;
  }
}
