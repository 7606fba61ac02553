// The lab's front door: experiments, how they are run and judged again, and the Redis that they need.

export { findOrStartRedis, howToInstall } from '@statecraft/infra-dev';
export { LabError } from './common/errors.ts';
export { describeUnknownName, findNearestNames } from './common/names.ts';
export type { Lab } from './context/lab.ts';
export type { Event } from './contracts/events.ts';
export type { Experiment, ExperimentOptions, Plan, Progress } from './contracts/experiment.ts';
export type { Cell, Check, PartSummary, Side } from './contracts/report.ts';
export { Report, type Verdict } from './contracts/report.ts';
export { EXPERIMENTS, findExperiment } from './experiments/registry.ts';
export { judgeRun } from './judge/judge.ts';
export { decideVerdict } from './judge/ledger-checks.ts';
export { applyThresholds, listThresholds, parseThreshold, type Threshold } from './judge/thresholds.ts';
export { startServer } from './processes/server.ts';
export { type RedisChoice, type RunSetting, runExperiment } from './run.ts';
export { resolveOptions } from './setup/options.ts';
export { plainSpaces } from './sinks/format.ts';
export { toHtml } from './sinks/html.ts';
export { parseReport, reportJsonSchema, toJson } from './sinks/json.ts';
export { figuresMarkdown, matrixMarkdown, toMarkdown, verdictMarkdown } from './sinks/markdown.ts';
export { type TextOptions, toText } from './sinks/terminal.ts';
