// The frame of every page: one file that needs no network. Its policy forbids everything but its own style and script.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Html, html, trust } from './template.ts';

const readAsset = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const STYLE = readAsset('style.css');
const SCRIPT = readAsset('read.js');
/** Patterns that tell the layers of a stack apart without colour. */
const PATTERNS = readAsset('patterns.svg');

const POLICY = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;

export interface Page {
  readonly title: string;
  /** The schema of the object that the page shows. */
  readonly schema: string;
  readonly main: Html;
}

export function drawShell({ title, schema, main }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Statecraft, ${schema}">
<title>${title} · Statecraft</title>
<style>${trust(STYLE)}</style>
</head>
<body>${trust(PATTERNS)}<main>
${main}
</main><script>${trust(SCRIPT)}</script></body></html>
`.html;
}
