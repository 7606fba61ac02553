// Figures that something else keeps (a cache, a pool), read when GET /metrics is asked and not before.

import type { FastifyInstance } from 'fastify';
import { Counter, Gauge } from 'prom-client';
import './metrics.ts';

export interface Figure {
  /** As Prometheus wants it: `session_cache_reads_total`. */
  readonly name: string;
  readonly help: string;
  /** A counter only rises. */
  readonly type: 'counter' | 'gauge';
  /** The label whose values `read` names. */
  readonly label?: string;
  /** One figure, or one for each value of the label. */
  read(): number | Readonly<Record<string, number>>;
}

export function showFigures(app: FastifyInstance, figures: readonly Figure[]): void {
  for (const figure of figures) show(app, figure);
}

function show({ metrics }: FastifyInstance, { name, help, type, label, read }: Figure): void {
  const options = { name, help, labelNames: label === undefined ? [] : [label], registers: [metrics] };
  const all = (): [Record<string, string>, number][] => {
    const figures = read();
    if (typeof figures === 'number') return [[{}, figures]];
    return Object.entries(figures).map(([value, figure]) => [{ [label ?? '']: value }, figure]);
  };
  if (type === 'gauge') {
    new Gauge({
      ...options,
      collect() {
        for (const [labels, figure] of all()) this.set(labels, figure);
      },
    });
    return;
  }
  new Counter({
    ...options,
    collect() {
      this.reset();
      for (const [labels, figure] of all()) this.inc(labels, figure);
    },
  });
}
