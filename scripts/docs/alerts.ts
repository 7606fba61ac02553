// The tables of alerts in docs/production.md, from the rules that Prometheus gets.

import { replaceSection } from '@statecraft/infra-dev';
import { parse } from 'yaml';
import { readText, writeText } from './pages.ts';

export const RULES = 'infra/kubernetes/monitoring/alerts.yaml';
const PAGE = 'docs/production.md';

interface AlertRule {
  readonly alert: string;
  /** PromQL. */
  readonly expr: string;
  /** How long the expression must be true: `15s`, `5m`. */
  readonly for: string;
  readonly labels: { readonly severity: 'page' | 'ticket' };
  readonly annotations: { readonly summary: string; readonly description: string };
}
interface AlertGroup {
  readonly name: string;
  readonly rules: readonly AlertRule[];
}

/** What a group needs, as the first line above its table. */
const TITLES: Readonly<Record<string, string>> = {
  requests: 'Both APIs:',
  database: 'The database of the users:',
  redis: 'With `SESSION_STORE=redis` also:',
  postgres: 'With `SESSION_STORE=postgres` ([stores.md](stores.md#the-postgresql-store)) also:',
  tracked: 'With `SESSION_CACHE=tracked` ([tracked-cache.md](tracked-cache.md)) also:',
  gateway: 'The gateway:',
};

export function readAlertGroups(): readonly AlertGroup[] {
  return (parse(readText(RULES)) as { spec: { groups: AlertGroup[] } }).spec.groups;
}

export function formatAlertTables(): string {
  return readAlertGroups().map(formatGroup).join('\n');
}

function formatGroup({ name, rules }: AlertGroup): string {
  const { [name]: title } = TITLES;
  if (title === undefined) throw new Error(`${RULES}: the group ${name} has no title in scripts/docs/alerts.ts.`);
  const rows = rules.map(({ expr, annotations, labels, for: time }) => {
    const { summary, description } = annotations;
    return `| ${summary} | \`${expr.replaceAll('|', '\\|')}\` for ${time} | ${labels.severity} | ${description} |`;
  });
  return `${title}\n\n| alert | when | | means |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

export const writePages = (): void => writeText(PAGE, replaceSection(readText(PAGE), 'alerts', formatAlertTables()));
