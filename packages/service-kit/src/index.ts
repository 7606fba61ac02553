// What every API needs and no lesson is about.
export { describeConfig } from './config/describe.ts';
export { type Config, ConfigError, loadConfig, nearest, type Schema } from './config/load.ts';
export { LOG_LEVELS, serviceVariables } from './config/service-variables.ts';
export { flag, oneOf, secret, text, url, type Variable, wholeNumber } from './config/variable.ts';
export { errorResponse, SERVICE_ERRORS, type ServiceErrorCode } from './errors.ts';
export { type RunOptions, runService, waitFor } from './run.ts';
export { createService, type ServiceOptions } from './service.ts';
