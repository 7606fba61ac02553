// The commands that hints, help texts and errors tell the user to type: with npm or with pnpm, as the user started this
// one.

/** These are pnpm's own commands, so a script of that name needs `run`. */
const PNPM_COMMANDS = ['docs', 'doctor'];
/** npm runs these without `run`. */
const NPM_SHORT = ['start', 'test'];

/** The package manager that started this process; npm if none did. Both tell it in `npm_config_user_agent`. */
export function readScriptRunner(env: NodeJS.ProcessEnv = process.env): 'npm' | 'pnpm' {
  return env.npm_config_user_agent?.startsWith('pnpm/') === true ? 'pnpm' : 'npm';
}

/**
 * A command line that runs a script of the root package.json.
 * @example formatCommand('lab', ['run', 'crash']) // `npm run lab -- run crash` or `pnpm lab run crash`
 */
export function formatCommand(script: string, args: readonly string[] = [], env?: NodeJS.ProcessEnv): string {
  const words = args.map(quoteForShell);
  if (readScriptRunner(env) === 'pnpm') {
    return ['pnpm', ...(PNPM_COMMANDS.includes(script) ? ['run'] : []), script, ...words].join(' ');
  }
  const command = NPM_SHORT.includes(script) ? ['npm', script] : ['npm', 'run', script];
  return [...command, ...(words.length > 0 ? ['--'] : []), ...words].join(' ');
}

/** Leaves a placeholder as it is: `<file>`, `[options]`. */
function quoteForShell(word: string): string {
  if (/^[[<].*[\]>]…?$/.test(word)) return word;
  return /[\s'"$`\\*?;&|()]/.test(word) || word === '' ? `'${word.replaceAll("'", `'\\''`)}'` : word;
}
