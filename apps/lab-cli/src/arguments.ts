// What was typed, checked as far as that can be done without knowing the experiment: names of options, whole numbers,
// thresholds, URLs. Bounds and modes are the experiment's, and checked by the lab.

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
  help: { type: 'boolean', short: 'h' },
} as const;

const NUMBERS = ['servers', 'users', 'rate', 'seconds', 'seed'] as const;
const GATEWAYS = ['embedded', 'nginx'] as const;
/** Which of them `pnpm lab report` takes. */
const FOR_REPORT = ['threshold', 'json', 'html', 'markdown', 'help'];

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
  /** The options that make the run what it is, as they were typed: for the line that runs it again. */
  readonly typed: readonly string[];
}

type Values = ReturnType<typeof parse>['values'];

/** @throws LabError (64) with what is wrong and what is allowed. */
export function parseArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args);
  const [command] = positionals;
  const foreign = Object.keys(values).find((name) => command === 'report' && !FOR_REPORT.includes(name));
  if (foreign !== undefined)
    throw new LabError(64, `--${foreign} makes a run what it is; a report is of one that was.`);
  return {
    positionals,
    help: values.help ?? false,
    experiment: experimentOptions(values),
    thresholds: (values.threshold ?? []).map(parseThreshold),
    outputs: { json: values.json, html: values.html, markdown: values.markdown },
    typed: typedAgain(values),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: OPTIONS });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [, name] = /^Unknown option '--?([^']+)'/.exec(message) ?? [];
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && name !== undefined)
      throw new LabError(64, describeUnknownName('option', name, Object.keys(OPTIONS)));
    throw new LabError(64, message);
  }
}

function experimentOptions(values: Values): Partial<ExperimentOptions> {
  const modes = values.mode?.flatMap((names) => names.split(',')).map((name) => name.trim());
  const numbers = NUMBERS.map((name) => [name, wholeNumber(name, values[name])] as const);
  const { gateway, full, target, insecure } = values;
  if (gateway !== undefined && !isGateway(gateway))
    throw new LabError(64, describeUnknownName('gateway', gateway, GATEWAYS));
  if (target !== undefined && !isHttp(target))
    throw new LabError(64, `--target must be a URL that begins with http:// or https://, and is "${target}".`);
  return {
    ...(modes === undefined ? {} : { modes }),
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
    ...(gateway === undefined ? {} : { gateway }),
    ...(full === undefined ? {} : { full }),
    ...(target === undefined ? {} : { target }),
    ...(insecure === undefined ? {} : { insecure }),
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // 1_000 and 1,000 are how people write a thousand.
  const digits = text.replace(/[_,]/g, '');
  if (!/^\d{1,15}$/.test(digits)) throw new LabError(64, `--${name} must be a whole number, and is "${text}".`);
  return Number(digits);
}

const isGateway = (name: string): name is (typeof GATEWAYS)[number] => GATEWAYS.some((known) => known === name);

const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

function typedAgain(values: Values): string[] {
  const kept = [
    'mode',
    ...NUMBERS.filter((name) => name !== 'seed'),
    'gateway',
    'full',
    'target',
    'insecure',
    'threshold',
  ] as const;
  return kept.flatMap((name) => {
    const value = values[name];
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    return (typeof value === 'string' ? [value] : value).flatMap((one) => [`--${name}`, quoted(one)]);
  });
}

const quoted = (text: string): string => (/^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
