// The words of the page that a reader may not know.

import { type Html, html } from './template.ts';

/** What the cells of the matrix say in one word. */
export const TERMS: Readonly<Record<string, string>> = {
  'users lost': 'Users who were signed in, did not sign out, and were answered 401.',
  exposure: 'The longest time that a credential worked after its acknowledged sign-out.',
  p99: '99 of 100 answers came within this time. It counts from the moment at which the request was planned.',
  'requests failed':
    'Requests without a usable answer: connections refused or broken, timeouts, 5xx and other statuses.',
};

const FURTHER: Readonly<Record<string, string>> = {
  p50: 'Half of all answers came within this time.',
  users: 'Simulated people. Each has a credential, and asks as whom the server knows it.',
  answers:
    'What came back: right, failed (see requests failed), 401 to a signed-in user, or the wrong user (another user’s data).',
  'not known': 'A user whose last request failed: whether the server still knows the user was not seen.',
  concurrent: 'Sent at the same time, without waiting for each other.',
  acknowledged: 'Answered with success by a server. What was not acknowledged may or may not have happened.',
  generator: 'The process that sends the requests. Where it was late, latencies are not those of the servers.',
  evidence: 'What a cell is based on: counts, status codes, process ids.',
};

export function drawTerms(): Html {
  const items = Object.entries({ ...TERMS, ...FURTHER }).map(
    ([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>\n`,
  );
  return html`<dl class="terms">${items}</dl>`;
}
