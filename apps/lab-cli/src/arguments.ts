// The command line, checked as far as possible without the experiment: names of options, whole numbers, thresholds,
// URLs. The lab checks bounds and modes, which depend on the experiment.

import { parseArgs } from 'node:util';
import { describeUnknownName, type ExperimentOptions, LabError, parseThreshold, type Threshold } from '@statecraft/lab';

const OPTIONS = {
  mode: { type: 'string', multiple: true },
  servers: { type: 'string' },
  users: { type: 'string' },
  rate: { type: 'string' },
  seconds: { type: 'string' },
  seed: { type: 'string' },
  gateway: { type: 'string' },
  full: { type: 'boolean' },
  target: { type: 'string' },
  insecure: { type: 'boolean' },
  threshold: { type: 'string', multiple: true },
  json: { type: 'string' },
  html: { type: 'string' },
  markdown: { type: 'string' },
  details: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const NUMBERS = ['servers', 'users', 'rate', 'seconds', 'seed'] as const;
const GATEWAYS = ['embedded', 'nginx'] as const;
/** The options of the commands that run nothing. */
const FOR_REPORT = ['threshold', 'json', 'html', 'markdown', 'details', 'help'];
const FOR_COMPARISON = ['json', 'html', 'markdown', 'help'];
/** Not part of the line that runs it again. */
const NOT_AGAIN = ['seed', 'json', 'html', 'markdown', 'details'];

/** Where the report goes besides stdout; `-` is stdout itself, and the text then goes to stderr. */
export interface Outputs {
  readonly json: string | undefined;
  readonly html: string | undefined;
  readonly markdown: string | undefined;
}

export interface Arguments {
  readonly positionals: readonly string[];
  readonly help: boolean;
  readonly experiment: Partial<ExperimentOptions>;
  readonly thresholds: readonly Threshold[];
  readonly outputs: Outputs;
  /** The text has everything that the report has. */
  readonly details: boolean;
  /** The options that make the run what it is, quoted for a shell: for the line that runs it again. */
  readonly typed: readonly string[];
}

/** @throws LabError (64) with what is wrong and what is allowed. */
export function parseArguments(args: string[]): Arguments {
  const { values, positionals, tokens } = parse(args);
  const findForeign = (allowed: readonly string[]) => Object.keys(values).find((name) => !allowed.includes(name));
  const [command] = positionals;
  const foreign = command === 'compare' ? findForeign(FOR_COMPARISON) : findForeign(FOR_REPORT);
  if (command === 'report' && foreign !== undefined)
    throw new LabError(64, `--${foreign} is an option of a run; a report is of a run that has ended.`);
  if (command === 'compare' && foreign !== undefined)
    throw new LabError(64, `--${foreign} is not an option of a comparison. Its options: ${FOR_COMPARISON.join(', ')}`);
  const typed = tokens.flatMap((token) => {
    if (token.kind !== 'option' || NOT_AGAIN.includes(token.name)) return [];
    return [`--${token.name}`, ...(token.value === undefined ? [] : [quote(token.value)])];
  });
  return {
    positionals,
    help: values.help ?? false,
    experiment: readExperimentOptions(values),
    thresholds: (values.threshold ?? []).map(parseThreshold),
    outputs: { json: values.json, html: values.html, markdown: values.markdown },
    details: values.details ?? false,
    typed,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: OPTIONS, tokens: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [, name] = /^Unknown option '--?([^']+)'/.exec(message) ?? [];
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && name !== undefined)
      throw new LabError(64, describeUnknownName('option', name, Object.keys(OPTIONS)));
    throw new LabError(64, message);
  }
}

/** The lab ignores options that are undefined. */
function readExperimentOptions(values: ReturnType<typeof parse>['values']): Partial<ExperimentOptions> {
  const { mode, gateway, full, target, insecure } = values;
  if (gateway !== undefined && !GATEWAYS.some((known) => known === gateway))
    throw new LabError(64, describeUnknownName('gateway', gateway, GATEWAYS));
  if (target !== undefined && !isHttp(target))
    throw new LabError(64, `--target must be a URL that begins with http:// or https://, and is "${target}".`);
  const numbers = NUMBERS.map((name) => [name, readWholeNumber(name, values[name])]);
  const modes = mode?.flatMap((names) => names.split(',')).map((name) => name.trim());
  return { ...Object.fromEntries(numbers), modes, gateway, full, target, insecure };
}

function readWholeNumber(name: string, text: string | undefined): number | undefined {
  // 1_000 and 1,000 are a thousand, too.
  const digits = text?.replace(/[_,]/g, '');
  if (digits !== undefined && !/^\d{1,15}$/.test(digits))
    throw new LabError(64, `--${name} must be a whole number, and is "${text}".`);
  return digits === undefined ? undefined : Number(digits);
}

const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

const quote = (text: string): string => (/^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
