// Keeps process.nextTick fast for good. Node runs a tick or two per request; in a slow process each costs 1 µs more.
//
// nextTick makes an object with three computed keys. V8 remembers the shapes ("maps") that the object goes through, but
// weakly: a full garbage collection while no tick is waiting (that of a start that loads many modules is enough) forgets
// them, and from then on V8 takes the object for one of no known shape, and asks its runtime for each key. One such object
// that is held keeps the shapes. docs/decisions/0005 has the figures.

import { executionAsyncResource } from 'node:async_hooks';

process.nextTick(() => {
  // Inside of a tick, its object is the current resource. Held by `process`, which nothing collects.
  Reflect.set(process, Symbol('statecraft.tick'), executionAsyncResource());
});
