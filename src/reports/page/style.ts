import { hash } from 'node:crypto';

/** Made for A4 across, and for a screen of any width, light or dark. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2024; --soft: #5c6670; --line: #dde2e6; --tint: #f5f7f8;
  --bad: #b3181d; --bad-tint: #fdf1f0; --good: #18794e; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181b; --ink: #e8eaec; --soft: #9ba5ae; --line: #30363c;
  --tint: #1c2024; --bad: #ff8a8a; --bad-tint: #2b1b1d; --good: #4cc38a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%;
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', sans-serif; }
main { max-width: 84rem; margin: 0 auto; padding: 2.5rem 2rem 4rem; }
.kicker { color: var(--soft); font-size: 0.8rem; letter-spacing: 0.08em; text-transform: uppercase; margin: 0; }
h1 { font-size: 1.6rem; line-height: 1.25; font-weight: 600; letter-spacing: -0.01em; margin: 0.25rem 0 0.4rem; }
h2 { font-size: 1.05rem; font-weight: 600; margin: 2.4rem 0 0.6rem; break-after: avoid; }
p { margin: 0.4rem 0; max-width: 60rem; text-wrap: pretty; }
.soft { color: var(--soft); }
code, pre, .mono { font: 0.86em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace;
  overflow-wrap: anywhere; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem 0.8rem;
  white-space: pre-wrap; margin: 0.3rem 0 0.8rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: 0.5rem 2rem; margin: 1rem 0; }
.facts dt, .means dt { color: var(--soft); font-size: 0.8rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 1.2rem 0; padding: 0; list-style: none; }
.figures li { border: 1px solid var(--line); border-radius: 6px; padding: 0.45rem 0.9rem 0.5rem; min-width: 7rem; }
.figures b { display: block; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: 0.8rem; }
.figures .bad { border-color: var(--bad); background: var(--bad-tint); }
.figures .bad b, .bad-text { color: var(--bad); }
.figures .good b { color: var(--good); }
table { border-collapse: collapse; width: 100%; font-size: 0.86rem; font-variant-numeric: tabular-nums; }
thead th { text-align: left; white-space: nowrap; font-weight: 600; font-size: 0.78rem; color: var(--soft); vertical-align: bottom;
  border-bottom: 2px solid var(--line); }
th, td { padding: 0.35rem 0.9rem 0.1rem 0; vertical-align: top; overflow-wrap: break-word; }
th:first-child, td:first-child { padding-left: 0.6rem; }
.count, .duration { text-align: right; padding-right: 1rem; white-space: nowrap; }
.code { white-space: nowrap; }
.text, .hash, .person { overflow-wrap: anywhere; }
.person, .people, .list { min-width: 5rem; max-width: 9rem; }
td time span { display: block; color: var(--soft); white-space: nowrap; }
td time small { font-size: 0.86em; }
tbody { border-bottom: 1px solid var(--line); break-inside: avoid; }
.below td { padding-top: 0.1rem; padding-bottom: 0.45rem; color: var(--soft); font-size: 0.92em; }
.below p { margin: 0; max-width: none; }
.below p > span { margin-right: 1.1rem; }
.below time span { display: inline; }
.below q { quotes: none; color: var(--ink); white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.exception { background: var(--bad-tint); }
.exception td:first-child { box-shadow: inset 3px 0 var(--bad); }
.below .why { color: var(--bad); font-weight: 600; }
.nothing { border: 1px solid var(--line); border-radius: 6px; background: var(--tint); padding: 1rem 1.2rem; }
.means { columns: 22rem; column-gap: 2.5rem; margin: 0.6rem 0; }
.means div { break-inside: avoid; margin-bottom: 0.45rem; }
.means dt { font-weight: 600; }
.means dd { margin: 0; }
@media (max-width: 60rem) { .scroll { overflow-x: auto; } main { padding: 1.5rem 1.1rem 3rem; } }
@media print {
  :root { color-scheme: light; font-size: 8.6pt; --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --tint: #f6f6f6; --bad: #a3161b;
    --bad-tint: #fbeeed; --good: #146c43; }
  @page { size: A4 landscape; margin: 13mm 12mm 15mm;
    @bottom-left { content: 'Countersign report'; font: 7pt system-ui, sans-serif; color: #555; }
    @bottom-right { content: counter(page) ' of ' counter(pages); font: 7pt system-ui, sans-serif; color: #555; } }
  body { font-size: 1rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
}
`;

/** What the page may do: show itself in this style, and nothing else. */
export const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
