import { posix } from 'node:path';
import { importsOf, lineAt, read } from './source.ts';
import type { Import } from './source.ts';

interface Room {
  /** Which of our rooms it may import, itself aside. */
  readonly ours: readonly string[] | 'all';
  /** Which packages, and which modules of node; any, where nothing is said. */
  readonly packages?: readonly string[];
  readonly node?: readonly string[];
  /** Neither clock nor chance nor timer of its own. */
  readonly pure?: true;
}

const ADAPTER: Room = { ours: ['domain', 'ports', 'limits'] };
const STARTS = ['domain', 'ports', 'limits'];
const START: Room = { ours: STARTS };

/** DESIGN's table of rooms. A room is a folder of `src`, or a file that lies in `src` itself. */
const ROOMS: Readonly<Record<string, Room>> = {
  limits: { ours: [], packages: [], node: [], pure: true },
  domain: { ours: ['limits'], packages: ['zod'], node: [], pure: true },
  audit: { ours: [], packages: [], node: ['crypto'], pure: true },
  ports: { ours: ['domain', 'limits'], packages: [], node: ['util'], pure: true },
  workflows: { ours: ['domain', 'ports', 'audit', 'limits'], packages: [], node: [], pure: true },
  evidence: {
    ours: ['domain', 'ports', 'audit', 'limits', 'html'],
    packages: ['fflate'],
    node: ['crypto'],
    pure: true,
  },
  reports: {
    ours: ['domain', 'ports', 'audit', 'limits', 'html'],
    packages: [],
    node: ['crypto'],
    pure: true,
  },
  policy: { ours: [...STARTS, 'v8-flags'], pure: true },
  identity: ADAPTER,
  connectors: ADAPTER,
  chat: ADAPTER,
  signals: ADAPTER,
  anchors: { ours: ['domain', 'ports', 'audit', 'limits'] },
  siem: ADAPTER,
  store: { ours: ['domain', 'ports', 'audit', 'limits'] },
  web: { ours: ['domain', 'ports', 'audit', 'limits'] },
  // Runs anywhere with Node alone.
  verifier: { ours: ['audit'], packages: [], node: ['fs', 'util'] },
  workspace: { ours: [] },
  // What the process starts from.
  config: {
    ours: ['domain', 'ports', 'limits', 'paths', 'secret-references', 'settings', 'siem', 'identity'],
  },
  settings: { ours: ['audit', 'siem', 'identity'], packages: ['zod'], node: [] },
  html: { ours: [], packages: [], node: [], pure: true },
  // The first import of whatever runs Cedar.
  'v8-flags': { ours: [], packages: [], node: ['v8'], pure: true },
  paths: { ours: [] },
  'secret-references': START,
  'key-file': START,
  keys: { ours: [...STARTS, 'key-file'] },
  'log-keys': { ours: [...STARTS, 'audit', 'key-file'] },
  logger: START,
  system: START,
  admin: { ours: ['domain', 'keys', 'workflows'] },
  'log-guard': { ours: ['limits', 'ports', 'workflows'] },
  'evidence-maker': { ours: ['evidence', 'ports', 'web', 'workflows'] },
  software: { ours: [], packages: ['zod'], node: ['fs'] },
  'catalogue-connectors': { ours: ['limits', 'policy', 'ports', 'connectors'] },
  practice: { ours: 'all' },
  rules: { ours: ['limits', 'domain', 'policy', 'ports', 'store', 'workflows'] },
  rounds: { ours: ['base', 'identity', 'ports', 'workflows'] },
  base: { ours: 'all' },
  main: { ours: 'all' },
  cli: { ours: 'all' },
};

/** Parts of one room that know nothing of each other, so that one can be taken out. */
const APART: readonly (readonly [string, string])[] = [['chat/slack/', 'chat/teams/']];

const IMPURE: readonly (readonly [RegExp, string])[] = [
  [
    /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())|\bperformance\s*\.\s*now\b|\bhrtime\b/g,
    'the time',
  ],
  [/\bMath\s*\.\s*random\b|\brandom(?:UUID|Bytes|Int|FillSync)\b|\bgetRandomValues\b/g, 'chance'],
  [/\bset(?:Timeout|Interval|Immediate)\b|\bAbortSignal\s*\.\s*timeout\b/g, 'a timer'],
];

/** Everything in `text`, the source at `file` (from `src` on: `chat/card.ts`), that breaks a rule. */
export function violationsOf(file: string, text: string): readonly string[] {
  const name = roomOf(file);
  const room = ROOMS[name];
  if (room === undefined) return [`src/${file}:1 is in no room we know; add ${name} to the table of rooms`];
  const source = read(text);
  const at = (line: number, what: string) => `src/${file}:${line} ${what}`;
  const found = importsOf(source).flatMap((imported) => {
    const wrong = wrongImport(file, name, room, imported);
    return wrong === null ? [] : [at(imported.line, wrong)];
  });
  const uses = (pattern: RegExp, what: string) =>
    [...source.bare.matchAll(pattern)].map(({ index }) => at(lineAt(source.bare, index), what));
  if (room.pure) {
    for (const [pattern, what] of IMPURE) {
      found.push(...uses(pattern, `${name} may not take ${what} itself: let a port or parameter bring it`));
    }
  }
  if (file !== 'config.ts') {
    const what = 'reads the environment: src/config.ts alone does';
    found.push(...uses(/\bprocess\s*\??\.\s*env\b|\bprocess\s*\[/g, what));
    found.push(...uses(/\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b(?!\s*\.)/g, what));
  }
  return found;
}

const roomOf = (file: string): string => (file.split('/', 1)[0] ?? '').replace(/\.tsx?$/, '');

function wrongImport(file: string, name: string, room: Room, { specifier }: Import): string | null {
  if (specifier === '*') {
    return name === 'connectors'
      ? null
      : `${name} may not import what is computed: the room could not be told`;
  }
  if (specifier.startsWith('.')) return wrongNeighbour(file, name, room, specifier);
  const [builtin, allowed] = specifier.startsWith('node:')
    ? [specifier.slice('node:'.length), room.node]
    : [specifier, room.packages];
  if (builtin === 'process') return 'may not import node:process, which hides the environment';
  if (allowed === undefined || allowed.includes(builtin)) return null;
  return `${name} may not import ${specifier}; of ${specifier.startsWith('node:') ? 'node' : 'packages'} it may import ${listed(allowed)}`;
}

function wrongNeighbour(file: string, name: string, room: Room, specifier: string): string | null {
  const target = posix.join(posix.dirname(file), specifier);
  if (target.startsWith('../')) return `may not import ${specifier}, which is outside src`;
  const apart = APART.some(
    ([one, other]) =>
      (file.startsWith(one) && target.startsWith(other)) ||
      (file.startsWith(other) && target.startsWith(one)),
  );
  if (apart) return `may not import ${specifier}: the two are kept apart`;
  const neighbour = roomOf(target);
  if (room.ours === 'all' || neighbour === name || room.ours.includes(neighbour)) return null;
  return `${name} may not import ${neighbour} (${specifier}); of our rooms it may import ${listed(room.ours)}`;
}

const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
