// The lab's front door: experiments, how they are run and judged again, and the Redis that they need.

export { findOrStartRedis, howToInstall } from '@statecraft/infra-dev';
export type { Event } from './contracts/events.ts';
export type { Experiment, ExperimentOptions, Plan, Progress } from './contracts/experiment.ts';
export type { Cell, Check, PartSummary, Side } from './contracts/report.ts';
export { Report, type Verdict } from './contracts/report.ts';
export { LabError } from './errors.ts';
export { EXPERIMENTS, experimentOf } from './experiments/registry.ts';
export { startServer } from './fleet/server-process.ts';
export { judgeRun } from './judge.ts';
export type { Lab } from './lab.ts';
export { settle } from './ledger-checks.ts';
export { nearest, unknownName } from './nearest.ts';
export { optionsOf } from './options.ts';
export { type RedisChoice, type RunSetting, runExperiment } from './run.ts';
export { plainSpaces } from './sinks/format.ts';
export { toHtml } from './sinks/html.ts';
export { parseReport, reportJsonSchema, toJson } from './sinks/json.ts';
export { figuresMarkdown, matrixMarkdown, toMarkdown, verdictMarkdown } from './sinks/markdown.ts';
export { type TextOptions, toText } from './sinks/terminal.ts';
export { parseThreshold, type Threshold, thresholdNames, withThresholds } from './thresholds.ts';
