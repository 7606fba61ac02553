// Loaded into the process of a server (node --expose-gc --import): collects garbage and answers how much memory is
// left, so that garbage does not count.

process.on('message', () => {
  globalThis.gc?.();
  // What finalizers and the first collection let go of is collected by a second one: up to 2 MB less.
  setImmediate(() => {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    process.send?.(heapUsed + external);
  });
});
// The channel alone does not keep a server that has drained.
process.channel?.unref();
