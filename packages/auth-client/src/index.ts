// The package's entry: how a program calls either API.
export type { ApiClient } from './api-client.ts';
export type { DeviceAlgorithm } from './device-key.ts';
export { ApiError, CLIENT_ERRORS, ClientError, type ClientErrorCode } from './errors.ts';
export type { Exchange, ReceivedAnswer, SentRequest, Trace } from './exchange.ts';
export { type FormatOptions, formatExchange, shorten } from './format-exchange.ts';
export type { Cart, CartItem, Remembered, SessionInfo, User } from './routes.ts';
export { StatefulClient, type StatefulClientOptions } from './stateful-client.ts';
export { StatelessClient } from './stateless-client.ts';
export { CLIENT_DEFAULTS, type ClientOptions } from './transport.ts';
export { type WalkThroughOptions, type WalkThroughResult, walkThrough } from './walk-through.ts';
