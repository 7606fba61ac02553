// What can be typed, and what comes of it. Names and sizes come from the experiments themselves.

import { EXPERIMENTS, type Experiment, type Lab, listThresholds } from '@statecraft/lab';

const EXITS = `Exit code: 0 it holds; 1 it does not, or a threshold was missed; 2 unknown, or the run came to no end; 3 the machine
lacks something; 64 wrong usage; 130 interrupted.`;

const OPTIONS = `  --mode <mode>          a column of the table; several times, or with commas (default: all that there are)
  --servers <n>          servers in the fleet
  --users <n>            signed-in users
  --rate <n>             requests per second, all users together
  --seconds <n>          load in each part, s
  --seed <n>             fixes the plan of the load (not the operating system's timing)
  --gateway <which>      embedded, or nginx
  --full                 the size that the docs report
  --target <url>         an API that runs elsewhere, with its prefix: load, revocation, two-requests, watch; --mode says of what kind it is
  --insecure             takes any certificate of a --target https://…, such as one that is signed by itself
  --threshold <bound>    such as 'signed_out=0' or 'p99_ms<=50'; several times; operators = < <= > >=
  --json <file>          write the report as JSON, too; - prints it on stdout, and nothing else there
  --html <file>          one page that works offline
  --markdown <file>`;

/** One line for each experiment. */
export function list(): string {
  const experiments = Object.values(EXPERIMENTS);
  return `Experiments on real processes:

${columns(experiments.map(({ id, summary }) => [id, summary]))}

  pnpm lab run <experiment>       run it (npm run lab -- run <experiment>)
  pnpm lab <experiment> --help    what it asks, its modes and sizes
  pnpm lab --help                 everything else
`;
}

export function help(): string {
  return `Statecraft's lab: experiments on real processes.

  pnpm lab                          the experiments, a line each
  pnpm lab run <experiment> [options]
  pnpm lab report [run] [options]   the report again, from a run's raw events (default: runs/latest) or a report's JSON
  pnpm lab schema                   the JSON Schema of a report
  pnpm lab <experiment> --help      what it asks, its modes and sizes
  npm run lab -- …                  the same with npm

${OPTIONS}

Thresholds must hold in every part that measures them:
${columns(listThresholds())}

Every run is kept in runs/<time>-<experiment>/: events, logs, report.json, report.html. runs/latest leads to the last one.
Progress goes to stderr: live on a terminal, plain lines elsewhere; NO_COLOR is kept.
${EXITS}
`;
}

export function experimentHelp(experiment: Experiment<Lab>): string {
  const { id, title, question, hypothesis, sides, scenarios, defaults, full, remote, needsTarget } = experiment;
  const sizes = (['servers', 'users', 'rate', 'seconds'] as const).map((name): [string, string] => [
    `--${name}`,
    `${defaults[name]}${full[name] === defaults[name] ? '' : `, with --full ${full[name]}`}`,
  ]);
  const target = remote === false ? 'It has servers of its own, so it takes no --target.\n' : '';
  const where = needsTarget ? ' --target http://localhost:8080/api/stateful' : '';
  return `${title} (${id})

${question}
Hypothesis: ${hypothesis}

Modes:
${columns(sides.map((side) => [side.id, side.text]))}

Scenarios:
${columns(scenarios.map((scenario) => [scenario.id, fillSizes(scenario.text, defaults)]))}

Sizes:
${columns(sizes)}
${target}
  pnpm lab run ${id} --mode ${(needsTarget ? sides.at(-1) : sides[0])?.id ?? 'jwt'}${where} --seed 7

Every option: pnpm lab --help
`;
}

/** `1 → {servers} servers` */
const fillSizes = (text: string, sizes: Readonly<Record<string, number>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => sizes[name]?.toLocaleString('en-US') ?? whole);

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`).join('\n');
}
