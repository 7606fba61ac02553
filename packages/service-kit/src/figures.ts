// Figures that another part of the process keeps (a cache, a pool). They are read only when GET /metrics is requested.

import type { FastifyInstance } from 'fastify';
import { Counter, Gauge } from 'prom-client';
import './metrics.ts';

export interface Figure {
  /** A metric name of Prometheus: `session_cache_reads_total`. */
  readonly name: string;
  readonly help: string;
  /** A counter only rises. */
  readonly type: 'counter' | 'gauge';
  /** The label whose values are the keys of what `read` returns. */
  readonly label?: string;
  /** @returns one number, or one for each value of the label. */
  read(): number | Readonly<Record<string, number>>;
}

/** Adds figures to GET /metrics. */
export function showFigures(app: FastifyInstance, figures: readonly Figure[]): void {
  for (const figure of figures) showFigure(app, figure);
}

function showFigure({ metrics }: FastifyInstance, figure: Figure): void {
  const { name, help, type, label } = figure;
  const options = { name, help, labelNames: label === undefined ? [] : [label], registers: [metrics] };
  if (type === 'gauge') {
    new Gauge({
      ...options,
      collect() {
        for (const [labels, value] of readValues(figure)) this.set(labels, value);
      },
    });
    return;
  }
  new Counter({
    ...options,
    collect() {
      this.reset();
      for (const [labels, value] of readValues(figure)) this.inc(labels, value);
    },
  });
}

function readValues({ label = '', read }: Figure): [Record<string, string>, number][] {
  const values = read();
  if (typeof values === 'number') return [[{}, values]];
  return Object.entries(values).map(([key, value]) => [{ [label]: key }, value]);
}
