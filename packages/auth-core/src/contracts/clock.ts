// Time comes in through here, so that tests move it and nothing sleeps.

/** Milliseconds since the Unix epoch, a whole number. */
export type Clock = () => number;

/** Read once: it never changes, and reading it costs more than the addition. */
const ORIGIN = performance.timeOrigin;

/**
 * Starts at the wall clock and then follows the monotonic one: a wall clock that is stepped while the process runs
 * neither ends nor revives a session. It does not count time for which the machine itself was suspended.
 */
export const steadyClock: Clock = () => Math.floor(ORIGIN + performance.now());

/** The wall clock: what `exp` and `nbf` of a token mean on every machine (RFC 7519, 4.1.4). */
export const wallClock: Clock = () => Date.now();
