// The front door of the lab: experiments, runs and reports.

export { formatCommand } from '@statecraft/infra-dev';
export { LabError } from './common/errors.ts';
export { formatTaken } from './common/format.ts';
export { describeUnknownName } from './common/names.ts';
export { type Comparison, compareReports } from './compare/compare.ts';
export type { NamedReport } from './compare/differences.ts';
export {
  toComparisonHtml,
  toComparisonJson,
  toComparisonMarkdown,
  toComparisonText,
} from './compare/formats.ts';
export type { Event, MarkEvent, RequestEvent } from './contracts/events.ts';
export { type Experiment, fillSizes, type PlannedRun, type Progress } from './contracts/experiment.ts';
export type { ExperimentOptions } from './contracts/plan.ts';
export { Report } from './contracts/report.ts';
export { EXPERIMENTS, findExperiment } from './experiments/registry.ts';
export { judgeRun } from './judge/judge.ts';
export { applyThresholds, listThresholds, parseThreshold, type Threshold } from './judge/thresholds.ts';
export { startServer } from './processes/server.ts';
export { runExperiment } from './run.ts';
export { resolveOptions } from './setup/options.ts';
export { toHtml } from './sinks/html.ts';
export { createReportSchema, parseReport, toJson } from './sinks/json.ts';
export {
  drawFailoverMarkdown,
  drawFiguresMarkdown,
  drawMatrixMarkdown,
  drawVerdictMarkdown,
  toMarkdown,
} from './sinks/markdown.ts';
export { wrapText } from './sinks/table.ts';
export { toText } from './sinks/terminal.ts';
