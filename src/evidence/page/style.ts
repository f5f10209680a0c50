import { hash } from 'node:crypto';

/** Made for a screen of any width, light or dark, and for A4. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2024; --soft: #5c6670; --line: #dde2e6; --tint: #f5f7f8;
  --good: #18794e; --bad: #c62a2f; --wait: #946800; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181b; --ink: #e8eaec; --soft: #9ba5ae; --line: #30363c;
  --tint: #1c2024; --good: #4cc38a; --bad: #ff8a8a; --wait: #e3b341; --link: #7cb8f5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%;
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.3; font-weight: 600; letter-spacing: -0.01em; margin: 0.3rem 0 1.2rem;
  text-wrap: pretty; overflow-wrap: anywhere; }
h2 { font-size: 1.12rem; font-weight: 600; margin: 2.8rem 0 0.8rem; padding-bottom: 0.4rem;
  border-bottom: 1px solid var(--line); break-after: avoid; }
p { margin: 0.5rem 0; text-wrap: pretty; }
a { color: var(--link); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
code, .mono { font: 0.86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; }
code { overflow-wrap: anywhere; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 6px; padding: 0.6rem 0.9rem;
  white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.4rem 0 1rem; }
.kicker { color: var(--soft); font-size: 0.82rem; letter-spacing: 0.08em; text-transform: uppercase; margin: 0; }
.bad { color: var(--bad); }
.soft, .at, small { color: var(--soft); }
small, .at { font-size: 0.84rem; }
dl { display: grid; grid-template-columns: 10.5rem 1fr; gap: 0.35rem 1rem; margin: 0.8rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
blockquote { margin: 0.15rem 0; padding: 0 0 0 0.9rem; border-left: 3px solid var(--line);
  white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
ol, ul { list-style: none; margin: 0; padding: 0; }
.claims > li { display: grid; grid-template-columns: 1.7rem 1fr; padding: 0.5rem 0; break-inside: avoid; }
.claims p, .events p { margin: 0; overflow-wrap: anywhere; }
.mark { font-weight: 700; }
.holds .mark { color: var(--good); }
.does-not-hold .mark { color: var(--bad); }
.not-yet .mark { color: var(--wait); }
.does-not-apply .mark, .does-not-apply b { color: var(--soft); font-weight: 400; }
.events { margin-top: 0.8rem; }
.events > li { display: grid; grid-template-columns: 12rem 1fr; gap: 0.2rem 1rem; padding: 0.55rem 0.75rem;
  margin: 0 -0.75rem; border-top: 1px solid var(--line); break-inside: avoid; }
.aside { background: var(--tint); }
.place { font-size: 0.84rem; color: var(--soft); }
.place .mono { font-size: inherit; }
table { border-collapse: collapse; width: 100%; margin: 0.4rem 0; }
th { text-align: left; font-weight: 400; color: var(--soft); font-size: 0.84rem; }
th, td { padding: 0.4rem 1rem 0.4rem 0; vertical-align: top; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
tr { break-inside: avoid; }
tbody tr:last-child td { border-bottom: 0; }
footer { margin-top: 3rem; padding-top: 0.8rem; border-top: 1px solid var(--line); color: var(--soft);
  font-size: 0.84rem; }
@media (max-width: 40rem) {
  main { padding: 1.5rem 1.1rem 3rem; }
  h1 { font-size: 1.3rem; }
  dl, .events > li { grid-template-columns: 1fr; }
  .at br { display: none; }
  dl { gap: 0; }
  dd { margin-bottom: 0.5rem; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  table, tbody, tr, td { display: block; width: 100%; }
  td { border: 0; padding: 0; }
  tr { padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
}
@media print {
  :root { color-scheme: light; font-size: 9.4pt; --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --tint: #f4f4f4;
    --good: #18794e; --bad: #b3181d; --wait: #7a5600; --link: #000; }
  @page { size: A4; margin: 18mm 16mm; }
  body { font-size: 1rem; }
  main { max-width: none; padding: 0; }
  h2 { margin-top: 1.6rem; }
  a { text-decoration: none; }
  .events > li { margin: 0; padding-inline: 0.4rem; }
}
`;

/** What the page may do: show itself in this style, and nothing else. */
export const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
