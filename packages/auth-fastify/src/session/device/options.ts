// The option `deviceBound` of the session plugin: the lifetimes are the strategy's, the endpoints are the plugin's.

import { AuthError, type DeviceBoundOptions } from '@statecraft/auth-core';
import type { NotifyDeviceEvent } from './events.ts';

/** What the plugin itself needs. Paths are those of the app that registers the plugin, after its prefix. */
export interface DeviceEndpointOptions {
  /** Where a device registers its key. Default `/auth/device/register`. */
  readonly registerPath?: string;
  /** Where a device renews its cookie. Default `/auth/device/refresh`. */
  readonly refreshPath?: string;
  /** Gets each event, for a log and metrics. It must not take long: the answer waits for it. */
  readonly onEvent?: NotifyDeviceEvent;
}

/** Option `deviceBound` of `sessionPlugin`, beside a `store`. */
export type DeviceBoundPluginOptions = DeviceBoundOptions & DeviceEndpointOptions;

export interface ResolvedDeviceEndpoints {
  readonly registerPath: string;
  readonly refreshPath: string;
  readonly onEvent: NotifyDeviceEvent | undefined;
}

/** The default paths of the two endpoints. */
export const DEVICE_ENDPOINT_DEFAULTS = {
  registerPath: '/auth/device/register',
  refreshPath: '/auth/device/refresh',
} as const satisfies DeviceEndpointOptions;

const ENDPOINT_OPTIONS = [...Object.keys(DEVICE_ENDPOINT_DEFAULTS), 'onEvent'];
const PATH = /^(?:\/[\w~.-]+)+$/;
const DOTS = /\/\.{1,2}(?:\/|$)/;

/** The strategy's part of the option, whose names the strategy checks; undefined when the option is off. */
export function pickBindingOptions(
  option: boolean | DeviceBoundPluginOptions | undefined,
): DeviceBoundOptions | undefined {
  checkKind(option);
  if (option === undefined || option === false) return undefined;
  const own = Object.entries(option === true ? {} : option).filter(([name]) => !ENDPOINT_OPTIONS.includes(name));
  return Object.fromEntries(own);
}

/** @throws ERR_OPTION_INVALID beside a strategy for lifetimes, and in any case for a path that is none */
export function resolveDeviceEndpoints(
  option: boolean | DeviceBoundPluginOptions | undefined,
  isStrategyOwn: boolean,
): ResolvedDeviceEndpoints {
  const options: DeviceEndpointOptions = typeof option === 'object' ? option : {};
  const others = Object.keys(options).filter((name) => !ENDPOINT_OPTIONS.includes(name));
  check(!isStrategyOwn || others.length === 0, `Set deviceBound.${others.join(', ')} on the strategy.`);
  const { registerPath, refreshPath } = { ...DEVICE_ENDPOINT_DEFAULTS, ...options };
  checkPath('registerPath', registerPath);
  checkPath('refreshPath', refreshPath);
  check(registerPath !== refreshPath, 'deviceBound.registerPath and deviceBound.refreshPath must differ.');
  const { onEvent } = options;
  check(onEvent === undefined || typeof onEvent === 'function', 'deviceBound.onEvent must be a function.');
  return { registerPath, refreshPath, onEvent };
}

function checkKind(option: unknown): void {
  const isKnown =
    option === undefined || typeof option === 'boolean' || (typeof option === 'object' && option !== null);
  check(isKnown && !Array.isArray(option), 'deviceBound must be true, false or an object of options.');
}

function checkPath(name: string, path: string): void {
  const isPath = typeof path === 'string' && PATH.test(path) && !DOTS.test(path);
  check(isPath, `deviceBound.${name} must be a path such as /auth/device, of letters, digits, and "-._~" only.`);
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new AuthError('ERR_OPTION_INVALID', otherwise);
}
