// The help texts. Names and sizes come from the experiments themselves.

import {
  EXPERIMENTS,
  type Experiment,
  fillSizes,
  formatCommand,
  formatTaken,
  listThresholds,
  wrapText,
} from '@statecraft/lab';

const COLUMNS = 100;

const OPTIONS = `  --mode <mode>          a column of the table; several times, or with commas (default: all modes)
  --servers <n>          servers in the fleet
  --users <n>            signed-in users
  --rate <n>             requests per second of all users together
  --seconds <n>          load in each part, s
  --seed <n>             fixes the plan of the load (not the timing of the operating system)
  --gateway <which>      embedded, or nginx
  --full                 the size that the docs report
  --target <url>         an API that runs elsewhere, with its prefix: load, revocation, two-requests, watch; --mode names its kind
  --insecure             accept any certificate of a --target https://…, such as a self-signed one
  --threshold <bound>    such as 'unexpected_401=0' or 'p99_ms<=50'; several times; operators = < <= > >=
  --json <file>          also write the report as JSON; - prints it on stdout, and nothing else there
  --html <file>          one page that works offline
  --markdown <file>
  --details              print the checks, the figures, what was done and the environment, too`;

const EXIT_CODES = `Exit code: 0 as expected; 1 broken, or a threshold was missed; 2 unknown, or the run is incomplete; 3 the machine lacks
something; 64 wrong usage; 130 interrupted.`;

/** Each experiment, how long it takes, and what it does. */
export function formatList(): string {
  return `Experiments on real processes. The times are for two cores: the default size, and --full.

${formatExperiments()}

${formatColumns([
  [formatCommand('lab', ['run', '<experiment>']), 'run it'],
  [formatCommand('lab', ['<experiment>', '--help']), 'what it asks, its modes and sizes'],
  [formatCommand('lab', ['--help']), 'all options'],
])}
`;
}

function formatExperiments(): string {
  const rows = Object.values(EXPERIMENTS).map(({ id, takes, summary }) => [id, takes, summary] as const);
  const width = Math.max(...rows.map(([id]) => id.length)) + 1;
  return formatColumns(
    rows.map(([id, { defaults, full }, summary]) => [
      `${id.padEnd(width)}${formatTaken(defaults).padStart(7)}${formatTaken(full).padStart(8)}`,
      summary,
    ]),
  );
}

export function formatHelp(): string {
  return `Statecraft's lab: experiments on real processes.

${formatColumns([
  [formatCommand('lab'), 'the experiments'],
  [formatCommand('lab', ['run', '<experiment>', '[options]']), 'run one of them'],
  [formatCommand('lab', ['report', '[run]', '[options]']), 'a report again, from the events of a run or from its JSON'],
  [
    formatCommand('lab', ['compare', '<run>', '<run>', '…']),
    'runs of one experiment side by side: kept runs, or JSON files',
  ],
  [formatCommand('lab', ['schema']), 'the JSON Schema of a report'],
  [formatCommand('lab', ['<experiment>', '--help']), 'what it asks, its modes and sizes'],
])}

Experiments. The times are for two cores: the default size, and --full.
${formatExperiments()}

Options:
${OPTIONS}

Thresholds must hold in every part that measures them:
${formatColumns(listThresholds())}

Every run is kept in runs/<time>-<experiment>/: events, logs, report.json, report.html. runs/latest is the last one, and the
default of "report". Progress goes to stderr: live on a terminal, plain lines elsewhere. NO_COLOR is respected.
${EXIT_CODES}
`;
}

export function formatExperimentHelp(experiment: Experiment): string {
  const {
    id,
    title,
    question,
    hypothesis,
    sides,
    scenarios,
    defaults,
    full,
    remote,
    needsTarget,
    onRequest = [],
    takes,
  } = experiment;
  const sizes = (['servers', 'users', 'rate', 'seconds'] as const).map((name): [string, string] => [
    `--${name}`,
    `${defaults[name]}${full[name] === defaults[name] ? '' : `, with --full ${full[name]}`}`,
  ]);
  const mode = (needsTarget ? sides.at(-1) : sides[0])?.id ?? '';
  const target = needsTarget ? ['--target', 'http://localhost:8080/api/stateful'] : [];
  return `${title} (${id})

${wrapText(question, COLUMNS).join('\n')}
${wrapText(`Hypothesis: ${hypothesis}`, COLUMNS).join('\n')}

Modes:
${formatColumns([
  ...sides.map((side): [string, string] => [side.id, side.text]),
  ...onRequest.map((side): [string, string] => [side.id, `${side.text}; only with --mode`]),
])}

Scenarios:
${formatColumns(scenarios.map((scenario) => [scenario.id, fillSizes(scenario.text, defaults)]))}

Sizes:
${formatColumns([...sizes, ['takes', `${formatTaken(takes.defaults)}, with --full ${formatTaken(takes.full)} (two cores, all modes)`]])}
${remote === undefined ? 'It has servers of its own, so it takes no --target.\n' : ''}
  ${formatCommand('lab', ['run', id, '--mode', mode, ...target, '--seed', '7'])}

Every option: ${formatCommand('lab', ['--help'])}
`;
}

/** A long text goes on below itself. */
function formatColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows
    .flatMap(([name, text]) =>
      wrapText(text, COLUMNS - width - 2).map((line, index) => `  ${(index === 0 ? name : '').padEnd(width)}${line}`),
    )
    .join('\n');
}
