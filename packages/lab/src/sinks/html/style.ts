// The only style of the page. Its CSP names the hash, so nothing else can style the page, and it fetches nothing.

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f7f7f5; --card: #fff; --ink: #1b1d20; --muted: #5b6068; --line: #dededa; --code: #efefec;
  --holds: #1f7046; --broken: #b3261e; --unknown: #85600a; --mark: #8b1fa0;
  --in: #9dbfe0; --in-ink: #2f5f8f; --out: #f3b36b; --out-ink: #8a4b00; --wrong-fill: #c2185b; --unsure: #c9cbce; --unsure-ink: #666b73;
  --s1: #1f5fa8; --s2: #a8480c; --s3: #0b7261; --s4: #8a2c74; --s5: #5b5212; --s6: #444a55;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #131417; --card: #1c1e22; --ink: #ececea; --muted: #a6abb3; --line: #363941; --code: #26292e;
    --holds: #6fd19a; --broken: #ff8a80; --unknown: #f2c55c; --mark: #d79bea;
    --in: #31557a; --in-ink: #9dc7f0; --out: #b56f1c; --out-ink: #ffd9a8; --wrong-fill: #ff5c93; --unsure: #4a4e56; --unsure-ink: #a6abb3;
    --s1: #7fb5f0; --s2: #f0a06a; --s3: #63cbb6; --s4: #e19bd0; --s5: #d9cf6a; --s6: #c0c5ce;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1360px; margin: 0 auto; padding: 2rem clamp(1rem, 3vw, 2.5rem) 4rem; }
h1 { font-size: 1rem; font-weight: 600; color: var(--muted); margin: 0 0 .75rem; }
h2 { font-size: 1.3rem; margin: 3rem 0 .75rem; line-height: 1.25; }
h3 { font-size: 1.02rem; margin: 0; }
p { margin: .4rem 0; }
a { color: inherit; }
code, pre { font-family: ui-monospace, monospace; font-size: .92em; }
pre { background: var(--code); padding: .8rem 1rem; border-radius: 6px; overflow-x: auto; margin: .5rem 0; }
.muted { color: var(--muted); }
.small { font-size: .86rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; border-radius: 3px; }

.verdict { font-size: clamp(1.2rem, 2.2vw, 1.65rem); line-height: 1.3; font-weight: 650; margin: 0 0 1rem; max-width: 62ch; text-wrap: pretty; }
.badge { display: inline-block; border: 2px solid; border-radius: 99px; padding: .1em .7em; margin-right: .35em; font-size: .72em; vertical-align: .12em; white-space: nowrap; }
.holds { color: var(--holds); } .broken { color: var(--broken); } .unknown { color: var(--unknown); }
.asked { max-width: 75ch; }
.doubts { list-style: none; padding: 0; margin: 0 0 1rem; max-width: 85ch; }

.matrix { width: 100%; border-collapse: separate; border-spacing: 6px; margin: 0 -6px; table-layout: fixed; }
.matrix th { text-align: left; vertical-align: bottom; font-size: .95rem; padding: .3rem .5rem; overflow-wrap: anywhere; }
.matrix tbody th { vertical-align: top; width: 11rem; padding-top: .8rem; }
.matrix thead th:first-child { width: 11rem; }
.matrix td { vertical-align: top; background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--line); border-radius: 6px; padding: .65rem .75rem; }
.matrix td.good { border-left-color: var(--holds); }
.matrix td.bad { border-left-color: var(--out-ink); border-left-style: double; border-left-width: 7px; }
.matrix td.differs { border: 2px solid var(--broken); border-left-width: 7px; }
.matrix td.absent { background: none; border-style: dashed; color: var(--muted); }
.says { font-weight: 600; line-height: 1.3; overflow-wrap: anywhere; }
.sign { font-size: .82em; margin-right: .3em; }
.good .sign { color: var(--holds); } .bad .sign { color: var(--out-ink); } .differs .sign { color: var(--broken); }
.four { display: grid; grid-template-columns: auto auto; justify-content: start; gap: 0 .7rem; margin: .5rem 0 0; font-size: .85rem; }
.four dt { color: var(--muted); } .four dd { margin: 0; white-space: nowrap; font-variant-numeric: tabular-nums; }
details { margin-top: .5rem; font-size: .86rem; }
summary { cursor: pointer; color: var(--muted); }
summary:hover { color: var(--ink); }
details ul { margin: .3rem 0 0; padding-left: 1.1rem; }
.key { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .86rem; color: var(--muted); margin: .6rem 0; padding: 0; list-style: none; }
.key li { display: flex; align-items: center; gap: .4rem; }
.key svg { width: 22px; height: 12px; border: 1px solid var(--line); }

.parts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 14px; align-items: start; }
.of-1 { grid-template-columns: minmax(0, 30rem); }
@media (min-width: 700px) { .of-2 { grid-template-columns: repeat(2, minmax(0, 30rem)); } }
@media (min-width: 1100px) { .of-4 { grid-template-columns: repeat(4, 1fr); } .of-5, .of-6 { grid-template-columns: repeat(3, 1fr); } }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem; min-width: 0; }
figcaption { margin-bottom: .5rem; }
.chart { display: block; width: 100%; height: auto; overflow: visible; }
.chart text { white-space: pre; }
.percentiles { margin-top: 14px; max-width: 900px; }
.marks { font-size: .86rem; margin: .5rem 0 0; padding-left: 1.4rem; }
.marks li::marker { color: var(--mark); font-weight: 700; }

.scroll { overflow-x: auto; max-height: 26rem; overflow-y: auto; margin-top: .4rem; }
.scroll table, .plain { border-collapse: collapse; font-size: .84rem; font-variant-numeric: tabular-nums; }
.scroll th, .scroll td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
.scroll th:first-child, .scroll td:first-child { text-align: left; }
.scroll thead th { position: sticky; top: 0; background: var(--card); }
.items { list-style: none; padding: 0; margin: .5rem 0; max-width: 85ch; }
.items li { padding: .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.items .check { display: grid; grid-template-columns: 1.6rem 1fr; }
.items .mark { font-weight: 700; }

@media screen and (max-width: 860px) {
  .matrix, .matrix tbody, .matrix tr, .matrix td, .matrix tbody th { display: block; width: auto; }
  .matrix { margin: 0; }
  .matrix thead { display: none; }
  .matrix td { margin: .5rem 0; }
  .matrix tbody th { font-size: 1.05rem; padding: .8rem 0 0; }
  .matrix td::before { content: attr(data-side); display: block; color: var(--muted); font-size: .86rem; }
  .four { grid-template-columns: auto auto auto auto; }
}
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --muted: #333; --line: #aaa; --code: #fff; }
  html { font-size: 10.5px; } body { font-size: 1rem; } main { max-width: none; padding: 0; }
  .matrix { border-spacing: 3px; } .matrix thead th:first-child, .matrix tbody th { width: 7rem; }
  figure, .matrix tr, .items li { break-inside: avoid; } h2 { break-after: avoid; }
  .parts { grid-template-columns: repeat(3, 1fr); } details:not([open]) { display: none; } pre { border: 1px solid var(--line); white-space: pre-wrap; }
}
`;
