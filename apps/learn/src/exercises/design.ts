// 12. Design: choose a strategy for three applications, and defend it. The check reads whether the defence is complete;
// the learner compares it with a model answer.

import { type Exercise, expectThat } from '../exercise.ts';
import { loadFunctions } from '../load-module.ts';

const APPLICATIONS = ['bank', 'partners', 'shop'] as const;
const STRATEGIES = ['jwt', 'memory', 'redis', 'sqlite', 'postgres'] as const;

interface Choice {
  readonly strategy: string;
  readonly because: string;
  readonly givesUp: string;
  readonly whenItFails: string;
}

type Designs = Readonly<Record<(typeof APPLICATIONS)[number], Choice>>;

const READ = 'docs/course/1-difference.md';

export const design: Exercise = {
  name: '12-design',
  title: 'Design: choose and defend a strategy',
  minutes: 60,
  hints: [
    'What is the worst that can happen in each application: a thief who stays signed in, a user who is signed out, or a slow answer?',
    'Every strategy gives something up. If you cannot say what, you have not compared yet.',
    'Name the part that can fail (store, key, server), and what its users see then: 401, 503, or nothing.',
  ],
  learned:
    'Compare your answers with the model answers: npm run learn -- solution 12. The rubric is in docs/course/teaching.md.',

  async check(folder) {
    const { describeDesigns } = await loadFunctions<{ describeDesigns: () => Designs }>(folder, 'design.ts', [
      'describeDesigns',
    ]);
    const designs = describeDesigns();
    for (const name of APPLICATIONS) checkChoice(name, designs?.[name]);
    checkDifference(designs);
  },
};

function checkChoice(name: string, choice: Choice | undefined): void {
  expectThat(
    STRATEGIES.some((one) => one === choice?.strategy),
    {
      did: `the strategy for "${name}"`,
      saw: `${JSON.stringify(choice?.strategy)}`,
      expected: `one of ${STRATEGIES.join(', ')}`,
      why: 'Those are the answers of this course.',
      read: READ,
    },
  );
  for (const [field, least] of [
    ['because', 15],
    ['givesUp', 8],
    ['whenItFails', 8],
  ] as const) {
    const words = String(choice?.[field] ?? '')
      .split(/\s+/)
      .filter(Boolean).length;
    expectThat(words >= least, {
      did: `"${field}" for "${name}"`,
      saw: `${words} words`,
      expected: `at least ${least} words: a whole sentence`,
      why: 'A choice without its reason and its price cannot be discussed.',
      read: READ,
    });
  }
}

function checkDifference(designs: Designs): void {
  const reasons = new Set(APPLICATIONS.map((name) => designs[name].because.trim().toLowerCase()));
  expectThat(reasons.size === APPLICATIONS.length, {
    did: '"because" of the three applications',
    saw: 'the same text more than once',
    expected: 'a reason of its own for each',
    why: 'The applications differ in what they can bear. So must the reasons.',
    read: READ,
  });
}
