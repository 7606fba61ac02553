// The entry "@statecraft/auth-core/store": what only the authors of stores and of adapters need.
export { andThen, attempt } from './awaitable.ts';
export {
  checkSessionBytes,
  computeMaxSessionBytes,
  createTooLargeError,
  DEFAULT_MAX_BYTES_PER_USER,
  type UserLimits,
} from './session-size.ts';
export {
  deriveForeignSessionId,
  derivePartition,
  deriveSessionId,
  isSessionId,
  mintSessionToken,
  mintSuccessorToken,
  PARTITION_LENGTH,
} from './session-token.ts';
export { createWaitBudget, type RunWithin } from './wait-budget.ts';
