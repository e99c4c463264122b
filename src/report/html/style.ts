import { dark, light, properties } from './palette.js';

/**
 * The style sheet: one column of text, figures side by side where there is room, wide tables that scroll in their own
 * box.
 */
export const style = `
:root { color-scheme: light dark; ${properties(light)} }
@media (prefers-color-scheme: dark) { :root { ${properties(dark)} } }
@media print { :root { color-scheme: light; ${properties(light)} } }

* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 73rem;
  background: var(--page); color: var(--ink);
  font: 400 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
h1, h2, h3 { line-height: 1.25; font-weight: 600; text-wrap: balance; margin: 0; }
h1 { font-size: 1.75rem; letter-spacing: -0.01em; }
h2 { font-size: 1.25rem; margin: 3.25rem 0 0.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.0625rem; margin: 2.5rem 0 0.25rem; overflow-wrap: anywhere; }
p { margin: 0.5rem 0; max-width: 46rem; }
a { color: var(--info); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--info); outline-offset: 2px; }
code, pre { font: 0.875em/1.5 ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', 'Liberation Mono', monospace; }
.quiet { color: var(--quiet); }
.error { color: var(--error); } .warning { color: var(--warning); } .info { color: var(--info); }
.severity { font-weight: 600; }

.lead { font-size: 1.125rem; margin-top: 0.75rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; margin: 1.25rem 0 0; padding: 0; }
dl.facts { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); gap: 0.25rem 1rem; margin: 1.75rem 0 0; }
dl.facts dt { color: var(--quiet); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
dl.facts ul { list-style: none; margin: 0; padding: 0; }

/* A table that goes on beyond an edge casts a shade there; the covers move with the table and hide it at the ends. */
.scroll {
  --ground: var(--page); overflow-x: auto; margin: 1rem 0;
  background:
    linear-gradient(to right, var(--ground) 40%, transparent) left / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--ground) 40%, transparent) right / 2.5rem 100% no-repeat local,
    linear-gradient(to right, var(--rule), transparent) left / 0.75rem 100% no-repeat scroll,
    linear-gradient(to left, var(--rule), transparent) right / 0.75rem 100% no-repeat scroll,
    var(--ground);
}
table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.4; width: 100%; }
caption { text-align: left; color: var(--quiet); padding-bottom: 0.5rem; }
caption span { position: sticky; left: 0; display: inline-block; max-width: min(46rem, calc(100vw - 2rem)); }
th, td { padding: 0.35rem 1.1rem 0.35rem 0; text-align: left; vertical-align: baseline; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-weight: 400; color: var(--quiet); vertical-align: bottom; white-space: normal; }
tbody th { font-weight: 400; }
a.self { color: inherit; text-decoration: none; }
a.self:hover { text-decoration: underline; }
.number { text-align: right; }
td.prose { white-space: normal; min-width: 18rem; }
.nothing { color: var(--quiet); }

ul.advice { margin: 0.75rem 0; padding-left: 1.15rem; max-width: 46rem; }
ul.advice li { margin: 0.35rem 0; }
ul.advice pre { margin: 0.4rem 0; padding: 0.6rem 0.8rem; background: var(--panel); overflow-x: auto; }
.diagnoses h2 { border-top: 0; margin-top: 1.75rem; padding-top: 0; }
.diagnoses article { margin: 1rem 0 0; padding: 0.15rem 0 0.15rem 0.9rem; border-left: 3px solid var(--rule); max-width: 54rem; }
.diagnoses .says { margin: 0; max-width: none; font-size: 1.0625rem; overflow-wrap: anywhere; }
.diagnoses ul.advice { margin: 0.35rem 0; }
details > summary { color: var(--quiet); font-size: 0.875rem; cursor: pointer; overflow-wrap: anywhere; }
.diagnoses dl.facts { margin: 0.5rem 0; font-size: 0.875rem; }
.filter code { background: var(--panel); padding: 0.15rem 0.4rem; overflow-wrap: anywhere; -webkit-box-decoration-break: clone; box-decoration-break: clone; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 2rem 3.5rem; margin-top: 1.25rem; align-items: start; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: 0.875rem; line-height: 1.45; color: var(--quiet); margin-bottom: 0.75rem; max-width: 46rem; }
figcaption strong { display: block; color: var(--ink); font-weight: 600; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 11.5px; fill: var(--ink); font-family: inherit; }
svg .quiet { fill: var(--quiet); }
svg .axis { stroke: var(--rule); stroke-width: 1; fill: none; shape-rendering: crispEdges; }
svg .mark { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 3 2; fill: none; }
svg .line { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
svg .area { stroke: none; fill-opacity: 0.16; }
${['established', 'opening', 'close-wait', 'fin-wait', 'time-wait', 'error', 'rule'].map((role) => `svg .fill-${role} { fill: var(--${role}); } svg .stroke-${role} { stroke: var(--${role}); }`).join('\n')}
.ladder { margin: 1.25rem 0 0; }
.ladder .scroll { margin: 0; padding: 0.75rem 1rem; --ground: var(--panel); width: fit-content; max-width: 100%; }
.ladder svg { width: 738px; }
.ladder text.segment { font-family: ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', 'Liberation Mono', monospace; font-size: 11px; }
.ladder text.error { fill: var(--error); font-weight: 600; }
.ladder .arrow { stroke: var(--quiet); fill: none; stroke-width: 1; }
.ladder .arrow.error { stroke: var(--error); stroke-width: 1.5; }
.ladder .head { fill: var(--quiet); stroke: none; }
.ladder .head.error { fill: var(--error); }
.ladder .remark { font-size: 10.5px; fill: var(--quiet); }
.ladder .shown { fill: var(--info); }
[hidden] { display: none !important; }
button { font: inherit; font-size: 0.8125rem; line-height: 1.4; color: var(--info); background: none; border: 1px solid var(--rule); border-radius: 4px; padding: 0.2rem 0.6rem; cursor: pointer; white-space: nowrap; }
button:hover { border-color: var(--info); }
button.sort { font-size: inherit; color: inherit; border: 0; padding: 0; text-align: inherit; white-space: normal; }
button.sort:hover { color: var(--ink); text-decoration: underline; }
th[aria-sort="ascending"] button::after { content: ' ↑'; }
th[aria-sort="descending"] button::after { content: ' ↓'; }
button.more { margin-top: 0.6rem; }
h3 + button.copy { float: right; margin: -2.1rem 0 0 1rem; }
.work { position: sticky; top: 0; z-index: 2; margin: 1.5rem -1.5rem 0; padding: 0.6rem 1.5rem 0.45rem; background: var(--page); border-bottom: 1px solid var(--rule); }
.work .words { display: flex; gap: 0.75rem; align-items: center; }
.work input[type="search"] { flex: 1; min-width: 0; font: inherit; font-size: 0.9375rem; color: var(--ink); background: var(--panel); border: 1px solid var(--quiet); border-radius: 4px; padding: 0.25rem 0.6rem; }
.work ::placeholder { color: var(--quiet); opacity: 1; }
.work .time { position: relative; height: 30px; margin-top: 0.5rem; border-bottom: 1px solid var(--quiet); cursor: crosshair; touch-action: pan-y; }
.work .time svg { height: 100%; }
.work .time input { position: absolute; width: 1px; height: 1px; margin: 0; opacity: 0; pointer-events: none; }
.work .time:focus-within { outline: 2px solid var(--info); outline-offset: 2px; }
.work .left { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: center; min-height: 1.9rem; margin-top: 0.25rem; font-size: 0.8125rem; color: var(--quiet); }
.work .said { margin: 0; }
.work .live { margin-left: auto; display: flex; gap: 0.35rem; align-items: center; }
.work .live input { margin: 0; accent-color: var(--info); }
svg .shade { fill: var(--page); fill-opacity: 0.72; }
svg.brushed { cursor: crosshair; touch-action: pan-y; }
svg .behind { fill-opacity: 0.22; }
svg .fill-warning { fill: var(--warning); }
svg .fill-info { fill: var(--opening); }
section, article, [id] { scroll-margin-top: 1rem; }
[data-ready] section, [data-ready] article, [data-ready] [id] { scroll-margin-top: 8.5rem; }
th.opens a { font-variant-numeric: tabular-nums; }
th.opens a::before { content: '▸ '; color: var(--quiet); }
th.opens a[aria-expanded="true"]::before { content: '▾ '; }
.listing .scroll { background: none; }
.listing table.long { table-layout: fixed; }
.listing td.words, .listing table.long td { overflow-wrap: anywhere; }
.listing td.words { white-space: normal; min-width: 9rem; }
.listing td.prose { min-width: 15rem; }
tr.drawn td { white-space: normal; padding: 0 0 1.25rem; }
tr.drawn .ladder { margin-top: 0.75rem; }
.work + main > section:first-child > h2 { border-top: 0; margin-top: 1rem; }
footer p { margin: 0.2rem 0; overflow-wrap: anywhere; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: 0.875rem; color: var(--quiet); }

@media (max-width: 40rem) {
  /* A card for each finding: what the packets show has a line of its own. */
  .listing table, .listing thead, .listing tbody, .listing caption { display: block; }
  .listing tr { display: flex; flex-wrap: wrap; gap: 0.1rem 0.9rem; padding: 0.4rem 0; border-bottom: 1px solid var(--rule); }
  .listing th, .listing td { padding: 0; border: 0; }
  .listing td.words { min-width: 0; }
  .listing td.prose { min-width: 0; flex: 1 0 100%; }
  .listing tr.drawn { display: block; }
  .work { margin-left: -1rem; margin-right: -1rem; padding: 0.5rem 1rem 0.35rem; }
  h3 + button.copy { float: none; margin: 0 0 0.5rem; }
  body { padding-top: 1.5rem; }
  h1 { font-size: 1.4rem; }
  dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dl.facts dd { margin-bottom: 0.6rem; }
}
@media print {
  @page { margin: 16mm 14mm; }
  body { padding: 0; max-width: none; font-size: 10pt; }
  nav, .work, button.copy, button.more, section[aria-labelledby="every"] { display: none; }
  .scroll { overflow: visible; background: none; }
  table { font-size: 8pt; }
  th, td { white-space: normal; padding-right: 0.6rem; }
  td.prose, .listing td.prose { min-width: 0; }
  td.number { white-space: nowrap; }
  figcaption { font-size: 8.5pt; }
  h2, h3, caption { break-after: avoid; }
  figure, tr, li { break-inside: avoid; }
  .ladder { break-inside: auto; }
  .ladder .scroll { padding: 0; }
  .ladder svg { width: 100%; max-width: 660px; }
  .figures { grid-template-columns: 1fr 1fr; gap: 1.5rem 2rem; }
}
`;
