// The variables of serviceVariables as options of createService.

import type { ServiceOptions } from '../service.ts';
import type { Config } from './load.ts';
import type { serviceVariables } from './service-variables.ts';

type ServiceConfig = Config<ReturnType<typeof serviceVariables>>;

export function readServiceOptions(config: ServiceConfig): Omit<ServiceOptions, 'name' | 'description'> {
  return {
    instanceId: config.INSTANCE_ID,
    logLevel: config.LOG_LEVEL,
    trustProxy: config.TRUST_PROXY,
    bodyLimit: config.BODY_LIMIT_BYTES,
    docs: config.DOCS,
  };
}
