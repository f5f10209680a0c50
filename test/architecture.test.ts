import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { violationsOf } from './architecture/rules.ts';
import { importsOf, read } from './architecture/source.ts';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file))
  .toSorted();

it('every source keeps to the table of rooms', () => {
  const violations = FILES.flatMap((file) => violationsOf(file, readFileSync(join(SRC, file), 'utf8')));
  expect(FILES.length).toBeGreaterThan(50);
  expect(violations, violations.join('\n')).toEqual([]);
});

describe('the table of rooms', () => {
  it.each<[string, string, string]>([
    [
      'domain/decide.ts',
      "import type { Store } from '../ports/store.ts';",
      'domain may not import ports (../ports/store.ts); of our rooms it may import limits',
    ],
    [
      'domain/decide.ts',
      "import { createHash } from 'node:crypto';",
      'domain may not import node:crypto; of node it may import none',
    ],
    [
      'domain/decide.ts',
      "import pino from 'pino';",
      'domain may not import pino; of packages it may import zod',
    ],
    [
      'audit/leaf.ts',
      "import { LIMITS } from '../limits.ts';",
      'audit may not import limits (../limits.ts); of our rooms it may import none',
    ],
    [
      'audit/leaf.ts',
      "import { readFile } from 'node:fs/promises';",
      'audit may not import node:fs/promises; of node it may import crypto',
    ],
    [
      'ports/store.ts',
      "export type { Row } from '../store/schema.ts';",
      'ports may not import store (../store/schema.ts); of our rooms it may import domain, limits',
    ],
    [
      'chat/slack/app.ts',
      "const w = await import('../../workflows/intake.ts');",
      'chat may not import workflows (../../workflows/intake.ts); of our rooms it may import domain, ports, limits',
    ],
    [
      'chat/teams/app.ts',
      "import '../slack/render.ts';",
      'may not import ../slack/render.ts: the two are kept apart',
    ],
    [
      'connectors/registry.ts',
      "import type { X } from '../policy/catalogue.ts';",
      'connectors may not import policy (../policy/catalogue.ts); of our rooms it may import domain, ports, limits',
    ],
    [
      'policy/gate.ts',
      "type S = import('../store/sqlite/store.ts').Store;",
      'policy may not import store (../store/sqlite/store.ts); of our rooms it may import domain, ports, limits, v8-flags',
    ],
    [
      'workflows/due.ts',
      "import { setTimeout as wait } from 'node:timers/promises';",
      'workflows may not import node:timers/promises; of node it may import none',
    ],
    [
      'web/server.ts',
      "import { loadKeys } from '../keys.ts';",
      'web may not import keys (../keys.ts); of our rooms it may import domain, ports, audit, limits',
    ],
    [
      'workspace/wire.ts',
      "import { LIMITS } from '../limits.ts';",
      'workspace may not import limits (../limits.ts); of our rooms it may import none',
    ],
    [
      'keys.ts',
      "import { loadConfig } from './config.ts';",
      'keys may not import config (./config.ts); of our rooms it may import domain, ports, limits, key-file',
    ],
    [
      'cli.ts',
      "import { x } from '../test/fakes/clock.ts';",
      'may not import ../test/fakes/clock.ts, which is outside src',
    ],
    [
      'main.ts',
      "const { env } = await import('node:process');",
      'may not import node:process, which hides the environment',
    ],
    ['main.ts', 'await import(name);', 'main may not import what is computed: the room could not be told'],
    ['helpers/util.ts', '', 'is in no room we know; add helpers to the table of rooms'],
  ])('src/%s: %s', (file, text, expected) => {
    expect(violationsOf(file, text).filter((found) => !found.includes('may not take'))).toEqual([
      `src/${file}:1 ${expected}`,
    ]);
  });

  it.each([
    [
      'domain/decide.ts',
      "import { z } from 'zod'; import { LIMITS } from '../limits.ts'; import './state.ts';",
    ],
    ['audit/leaf.ts', "import { createHash } from 'node:crypto';"],
    [
      'store/sqlite/store.ts',
      "import { leafOf } from '../../audit/leaf.ts'; import Database from 'better-sqlite3';",
    ],
    ['connectors/registry.ts', 'const plugin = await import(path);'],
    ['main.ts', "import { decide } from './domain/decide.ts'; import { x } from './workspace/server.ts';"],
    ['practice/world.ts', "import { startBot } from '../main.ts';"],
  ])('lets src/%s have what is its own', (file, text) => {
    expect(violationsOf(file, text)).toEqual([]);
  });

  it('names the line', () => {
    const text = "/* import 'x';\n */\n\nimport {\n  a,\n  b,\n} from '../store/x.ts';\n";
    expect(violationsOf('domain/x.ts', text)).toEqual([expect.stringMatching(/^src\/domain\/x\.ts:7 /)]);
  });
});

describe('clock, chance and timers', () => {
  it.each([
    ['Date.now()', 'the time'],
    ['new Date()', 'the time'],
    ['new Date;', 'the time'],
    ['performance.now()', 'the time'],
    ['Math.random()', 'chance'],
    ['crypto.randomUUID()', 'chance'],
    ['const f = Math . random', 'chance'],
    ['setTimeout(f, 1)', 'a timer'],
    ['AbortSignal.timeout(5)', 'a timer'],
    ['const text = `at ${Date.now()}`', 'the time'],
  ])('%s is not for the pure rooms', (text, what) => {
    for (const room of ['domain', 'workflows', 'audit', 'policy', 'ports']) {
      expect(violationsOf(`${room}/x.ts`, `\n${text}`), room).toEqual([
        `src/${room}/x.ts:2 ${room} may not take ${what} itself: let a port or parameter bring it`,
      ]);
    }
    expect(violationsOf('web/x.ts', text)).toEqual([]);
  });

  it('may be spoken of, and a given time may be read', () => {
    const text =
      "// Date.now()\nconst a = 'Math.random()';\nconst b = `setTimeout`;\nnew Date(at);\n/Date.now/.test(a);";
    expect(violationsOf('domain/x.ts', text)).toEqual([]);
  });
});

describe('the environment', () => {
  it.each(['process.env.HOME', 'process.env', "process['env']", 'process?.env', 'const { env } = process;'])(
    '%s is for src/config.ts alone',
    (text) => {
      const expected = ['src/main.ts:1 reads the environment: src/config.ts alone does'];
      expect(violationsOf('main.ts', text)).toEqual(expected);
      expect(violationsOf('config.ts', text)).toEqual([]);
    },
  );

  it('is not the rest of the process', () => {
    expect(
      violationsOf('main.ts', 'process.on("exit", f); const { env } = process.config; loadConfig();'),
    ).toEqual([]);
  });
});

describe('reading a source', () => {
  it('is not misled by text that looks like code, nor by code that looks like text', () => {
    const text = [
      'const a = "it\'s"; // don\'t `',
      'const b = /["\'`/*]/; const c = 4 / 2 / 1;',
      "const d = `${x ? `'${y}` : \"}\"} // not a comment`; import { e } from 'e';",
      "return <p>it's {n} o'clock</p>;",
      'import type { f } from \'f\'; export * from "g";',
    ].join('\n');
    expect(importsOf(read(text))).toEqual([
      { specifier: 'e', line: 3 },
      { specifier: 'f', line: 5 },
      { specifier: 'g', line: 5 },
    ]);
  });

  it('finds as many imports in each of our sources as there are lines that start like one', () => {
    for (const file of FILES) {
      const text = readFileSync(join(SRC, file), 'utf8');
      const plain =
        text.match(/^(?:import|export)\b[^;'"]*?\bfrom\s*['"][^'"]+['"];$|^import '[^']+';$/gm) ?? [];
      const dynamic = text.match(/^(?!\s*(?:\*|\/\/)).*\b(?:import|require)\(/gm) ?? [];
      expect(importsOf(read(text)).length, file).toBeGreaterThanOrEqual(plain.length);
      expect(importsOf(read(text)).length, file).toBeLessThanOrEqual(plain.length + dynamic.length);
    }
  });
});
