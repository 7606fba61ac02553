// Texts that a careless store takes for a pattern, a command, another text, or a key that holds no session.

const MEGABYTE = 2 ** 20;

export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  ':',
  '*',
  '?',
  '[a-z]*',
  '{}',
  '{ada}',
  'ada:',
  'ada:*',
  ':ada',
  'ada ',
  ' ada',
  'ADA',
  'ada\0',
  'ada\0bob',
  'ada\n',
  'ada\r\nFLUSHALL\r\n',
  "ada'; DROP TABLE sessions; --",
  'ada%',
  'ad_',
  '../ada',
  '__proto__',
  'constructor',
  'toString',
  'undefined',
  'null',
  '0',
  // One letter and two that look the same.
  'ad\u00e0',
  'ada\u0300',
  // UTF-8 would make these the same text.
  'ada\ud800',
  'ada\udc00',
  'ada\ufffd',
  '\u{1f375}',
  'a'.repeat(255),
  'a'.repeat(256),
  'a'.repeat(65_536),
  'a'.repeat(MEGABYTE),
  `${'a'.repeat(MEGABYTE)}b`,
];

/** A short form of a text, for messages. */
export function shorten(text: string): string {
  return text.length <= 40 ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, 20))}… (${text.length} characters)`;
}
