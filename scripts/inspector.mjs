// Vitest takes the word after a bare --inspect for a host, so a test file behind it would not run.

/** `--inspect FILE` as `--inspect=127.0.0.1:9229 FILE`; the same for --inspect-brk. */
export const nameInspector = (args) =>
  args.map((arg) => (/^--inspect(-?brk)?$/i.test(arg) ? `${arg}=127.0.0.1:9229` : arg));
