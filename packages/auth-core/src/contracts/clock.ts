// Time comes in through this type, so that tests can move it and never have to sleep.

/** A function that answers the time: milliseconds since the Unix epoch, a whole number. */
export type Clock = () => number;

/** Read once, because it never changes and reading it costs more than the addition. */
const ORIGIN = performance.timeOrigin;

/**
 * Starts at the wall clock and then follows the monotonic clock. If the wall clock is stepped while the process runs,
 * no session ends and none comes back. Time for which the machine itself was suspended is not counted.
 */
export const steadyClock: Clock = () => Math.floor(ORIGIN + performance.now());

/** The wall clock: what `exp` and `nbf` of a token mean on every machine (RFC 7519, 4.1.4). */
export const wallClock: Clock = () => Date.now();
