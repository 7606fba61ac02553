// Part of npm run check: counts words that a reader trips over, and functions whose names do not start with a verb.

import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * How often each word may occur, and the share of functions that may be called xOf, xIn or xAt.
 * `at once` also means "at the same time", and two checks of the lab's reports have `nobody` and `everybody` in their
 * ids.
 */
const LIMITS = {
  words: [
    [/\b(whoever|stands|shall)\b/i, 0],
    [/\b(no|some|every)body\b/i, 2],
    [/\bof (ours|one's own)\b/i, 0],
    [/\bmend(s|ed|ing)?\b/i, 0],
    [/\b(is|are|be) to be had\b|\bcan be had\b/i, 0],
    [/\b(comes|came|sees|saw|seen) to\b/i, 0],
    [/\bnear enough\b/i, 0],
    [/\bat once\b/i, 6],
    [/<{7}|>{7}/, 0], // a merge that was not finished
    [/<{7}|>{7}/, 0], // a merge that was not finished
  ] as readonly (readonly [word: RegExp, limit: number])[],
  nameShare: 0.02,
};

const PROSE = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', '{docs,packages,examples,exercises}/**/*.md'];
const INFRA = ['infra/**/*.{yaml,yml,sh,conf,template}', '.github/**/*.yml'];
const SOURCES = [
  '{packages,apps,infra}/*/{src,bench}/**/*.{ts,lua}',
  'bench/src/**/*.{ts,lua}',
  'scripts/**/*.{ts,mjs}',
];
const TESTS = ['{packages,apps,infra}/*/test/**/*.ts', '{bench/test,test,examples,exercises}/**/*.ts'];
/** Data, generated files, and this list of words. */
const SKIPPED =
  /(^|\/)(node_modules|dist|runs|secrets|tls)(\/|$)|CHANGELOG|common-passwords|docs\/library-reference|scripts\/check-words/;

interface Hit {
  readonly place: string;
  readonly text: string;
}

const root = `${import.meta.dirname}/..`;
const listFiles = (patterns: readonly string[]): string[] =>
  globSync(patterns, { cwd: root, exclude: (name) => SKIPPED.test(name) }).filter((name) => !SKIPPED.test(name));
const readText = (file: string): string => readFileSync(`${root}/${file}`, 'utf8');

/** The lines of a text that contain a word, but for generated sections. In tests, only comments and titles count. */
export function findWord(word: RegExp, file: string, text: string): Hit[] {
  const isTest = /(^|\/)test\//.test(file);
  const isGenerated = text.includes('do not edit');
  let inSection = isGenerated;
  return text.split('\n').flatMap((line, index) => {
    if (line.startsWith('<!-- generated:')) inSection = true;
    if (line.startsWith('<!-- /generated:')) inSection = isGenerated;
    const counts = !isTest || /^\s*(\/\/|\/?\*)|\b(it|describe|test)(\.\w+(\(.*?\))?)*\(/.test(line);
    return counts && !inSection && word.test(line) ? [{ place: `${file}:${index + 1}`, text: line.trim() }] : [];
  });
}

/** All named functions of a source: declarations, methods, and variables and properties that are functions. */
export function listFunctions(file: string, text: string): Hit[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const found: Hit[] = [];
  const visit = (node: ts.Node): void => {
    const name = readFunctionName(node);
    if (name !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(name.getStart(source));
      found.push({ place: `${file}:${line + 1}`, text: name.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function readFunctionName(node: ts.Node): ts.Identifier | undefined {
  const isFunction =
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ((ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node)) &&
      node.initializer !== undefined &&
      (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer)));
  return isFunction && node.name !== undefined && ts.isIdentifier(node.name) ? node.name : undefined;
}

/** `principalOf`, `recordIn`, `sessionsAt`; not the verbs of the field. */
export const isVerbless = (name: string): boolean => /[a-z\d](Of|In|At)$/.test(name) && !/^(sign|log)In$/.test(name);

function checkWords(): string[] {
  const files = listFiles([...PROSE, ...INFRA, ...SOURCES, ...TESTS]).map((file) => [file, readText(file)] as const);
  return LIMITS.words.flatMap(([word, limit]) => {
    const hits = files.flatMap(([file, text]) => findWord(word, file, text));
    const lines = hits.map(({ place, text }) => `  ${place}  ${text}`);
    return hits.length > limit ? [`${word} occurs ${hits.length} times; the limit is ${limit}:`, ...lines] : [];
  });
}

function checkNames(): string[] {
  const all = listFiles([...SOURCES, ...TESTS]).flatMap((file) => listFunctions(file, readText(file)));
  const verbless = all.filter(({ text }) => isVerbless(text));
  if (verbless.length < LIMITS.nameShare * all.length) return [];
  return [
    `${verbless.length} of ${all.length} functions are called xOf, xIn or xAt; the limit is ${100 * LIMITS.nameShare} %:`,
    ...verbless.map(({ place, text }) => `  ${place}  ${text}`),
  ];
}

if (import.meta.main) {
  const problems = [...checkWords(), ...checkNames()];
  for (const line of problems) console.error(line);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
