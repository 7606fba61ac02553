// The learner's progress for a teacher's grader: JUnit XML, or JSON.

import type { Exercise } from './exercise.ts';
import { NO_PROGRESS, type Progress } from './progress.ts';

export interface ReportLine {
  readonly exercise: string;
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'not begun';
  readonly checks: number;
  readonly hints: number;
  readonly gaveUp: boolean;
  readonly passedAt: string | null;
  readonly lastFailure: string | null;
}

export function createReport(exercises: readonly Exercise[], progress: Progress): readonly ReportLine[] {
  return exercises.map(({ name, title }) => {
    const { checks, hints, passes, gaveUp = false, passedAt, lastFailure } = progress[name] ?? NO_PROGRESS;
    // A reset alone is no failed check.
    const state = checks === 0 ? 'not begun' : passes ? 'passed' : 'failed';
    return {
      ...{ exercise: name, title, state, checks, hints, gaveUp },
      ...{ passedAt: passedAt ?? null, lastFailure: state === 'failed' ? (lastFailure ?? null) : null },
    };
  });
}

/** As Jenkins, GitLab and GitHub read it. An exercise that was not begun is skipped. */
export function formatJunit(lines: readonly ReportLine[]): string {
  const failures = lines.filter(({ state }) => state === 'failed').length;
  const skipped = lines.filter(({ state }) => state === 'not begun').length;
  const cases = lines.map(({ exercise, title, state, lastFailure }) => {
    const inside =
      state === 'failed'
        ? `<failure message="${escapeXml(lastFailure ?? 'failed')}"/>`
        : state === 'not begun'
          ? '<skipped/>'
          : '';
    return `  <testcase classname="learn" name="${escapeXml(`${exercise}: ${title}`)}">${inside}</testcase>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="learn" tests="${lines.length}" failures="${failures}" skipped="${skipped}">
${cases.join('\n')}
</testsuite>
`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string): string {
  // XML 1.0 has no characters for most control codes.
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char).replace(/[^\P{Cc}\n\t]/gu, ' ');
}
