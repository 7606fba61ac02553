// The lab's front door: experiments, their report, the ways to print it, and the Redis that they need.
export { findOrStartRedis, howToInstall } from '@statecraft/infra-dev';
export { describeEnvironment, type Environment } from './environment.ts';
export { runTwoRequests, type TwoRequestsOptions } from './experiments/two-requests.ts';
export { type ServerCommand, type ServerProcess, startServer } from './fleet/server-process.ts';
export {
  type Answer,
  type Cell,
  MODES,
  type Mode,
  type Question,
  type Report,
  type Verdict,
  verdictOf,
} from './report.ts';
export { toText } from './sinks/terminal.ts';
