import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ZodType } from 'zod';
import * as bundle from '../../src/connectors/bundle/schema.ts';
import * as exception from '../../src/connectors/exception/schema.ts';
import * as postgresRole from '../../src/connectors/postgres-role/schema.ts';
import * as signedJwt from '../../src/connectors/signed-jwt/schema.ts';
import { consent, entitlementSnapshot } from '../../src/domain/values.ts';
import { LIMITS } from '../../src/limits.ts';
import { connectorOf } from '../../src/policy/catalogue/connectors.ts';
import { loadCatalogue, parseCatalogue } from '../../src/policy/catalogue.ts';
import { CatalogueError, formatProblem } from '../../src/policy/problems.ts';
import { changed, errorOf, problemsOf, SMALL } from './small-catalogue.ts';

const EXAMPLE = new URL('../../manifests/access/catalogue.yaml', import.meta.url).pathname;
const KNOWN: Readonly<Record<string, { configSchema: ZodType; scopeSchema: ZodType }>> = {
  'postgres-role': postgresRole,
  'signed-jwt': signedJwt,
  exception,
  bundle,
};
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
afterAll(() => rm(folder, { recursive: true }));
async function written(content: string | Uint8Array): Promise<string> {
  const file = join(folder, 'catalogue.yaml');
  await writeFile(file, content);
  return file;
}
const refusalOf = (file: string) =>
  loadCatalogue(file).then(
    () => null,
    (error: unknown) =>
      error instanceof CatalogueError ? error.problems.map(({ message }) => message) : error,
  );
const read = (text: string, id = 'orders-db:read') => {
  const entitlement = parseCatalogue(text, 'catalogue.yaml').entitlements.get(id);
  if (!entitlement) throw new Error(`no ${id}`);
  return entitlement;
};

describe('the example catalogue', () => {
  test('loads, without a warning', async () => {
    const catalogue = await loadCatalogue(EXAMPLE);
    expect(catalogue.warnings).toEqual([]);
    expect([...catalogue.entitlements.keys()]).toEqual(
      expect.arrayContaining([
        'orders-db:read',
        'orders-db:write',
        'reports-api:read',
        'billing-db:read',
        'practice-db:read',
      ]),
    );
  });

  test('gives each entitlement a consent that the domain accepts', async () => {
    for (const entitlement of (await loadCatalogue(EXAMPLE)).entitlements.values()) {
      expect(consent.safeParse(entitlement.consent).success, entitlement.id).toBe(true);
      expect(entitlementSnapshot.shape.extension.safeParse(entitlement.extension).success).toBe(true);
      expect(entitlement.durationsMs.every((ms) => ms <= entitlement.longestMs)).toBe(true);
    }
  });

  test('has configurations and scopes that its connectors take', async () => {
    const catalogue = await loadCatalogue(EXAMPLE);
    for (const entitlement of catalogue.entitlements.values()) {
      const { use = '', config } = connectorOf(entitlement, catalogue) ?? {};
      expect(Object.keys(KNOWN)).toContain(use);
      expect(KNOWN[use]?.configSchema.safeParse(config).error).toBeUndefined();
      expect(KNOWN[use]?.scopeSchema.safeParse(entitlement.scope).error).toBeUndefined();
    }
  });

  test('names no place or secret that is real', async () => {
    for (const { config } of (await loadCatalogue(EXAMPLE)).connectors.values()) {
      for (const value of Object.values(config)) expect(value).toMatch(/^env:/);
    }
  });
});

describe('what the file does not say', () => {
  test('is filled in carefully', () => {
    expect(read(SMALL)).toMatchObject({
      longestMs: 4 * HOUR_MS,
      durationsMs: [4 * HOUR_MS],
      warnBeforeMs: 10 * MINUTE_MS,
      lapseAfterMs: 4 * HOUR_MS,
      remindEveryMs: 30 * MINUTE_MS,
      consent: { order: 'ordered', autoApprovedBy: null },
      justification: { template: '', minimumLength: 10 },
      ticket: 'none',
      extension: { most: 0, automatic: false },
    });
  });

  test('warns a quarter before the end where ten minutes would be too much', () => {
    expect(read(changed('longest: 4h', 'longest: 20m')).warnBeforeMs).toBe(5 * MINUTE_MS);
    expect(read(changed('longest: 4h', 'longest: 10s')).warnBeforeMs).toBe(2_500);
  });

  test('means nobody may ask', () => {
    expect(read(changed('    requesters: [developers]\n', '')).requesters).toEqual([]);
  });

  test('gives an extension once, with consent', () => {
    const { extension } = read(changed('longest: 4h', 'longest: 4h\n    extension: { longest: 1h }'));
    expect(extension).toEqual({ longestMs: HOUR_MS, most: 1, automatic: false });
  });
});

describe('the part about the log', () => {
  const audit = (text: string) => parseCatalogue(text, 'catalogue.yaml').audit;
  const forever = { public: null, internal: null, confidential: null, restricted: null };

  test('may be left out: heads are posted nowhere, and texts are kept for ever', () => {
    expect(audit(SMALL)).toEqual({ channel: null, retentionMs: forever });
    expect(audit(changed('people:\n', 'audit: { channel: approvals }\npeople:\n'))).toEqual({
      channel: 'approvals',
      retentionMs: forever,
    });
  });

  test('says by classification for how many days texts are kept', () => {
    const text = changed('people:\n', 'audit: { retention: { internal: 1d, restricted: 3650d } }\npeople:\n');
    expect(audit(text).retentionMs).toEqual({
      ...forever,
      internal: 24 * HOUR_MS,
      restricted: 3_650 * 24 * HOUR_MS,
    });
  });

  test('is in the digest, and so is who may read the log', () => {
    const digests = [
      SMALL,
      changed('people:\n', 'audit: { channel: approvals }\npeople:\n'),
      changed('people:\n', 'audit: { retention: { internal: 90d } }\npeople:\n'),
      changed('{ name: Ana,', '{ auditor: true, name: Ana,'),
    ].map((text) => parseCatalogue(text, 'catalogue.yaml').digest);
    expect(new Set(digests).size).toBe(4);
  });

  test('makes nobody an auditor who is not named as one', () => {
    const { people } = parseCatalogue(
      changed('{ name: Ana,', '{ auditor: true, name: Ana,'),
      'catalogue.yaml',
    );
    expect([...people.values()].filter(({ auditor }) => auditor).map(({ key }) => key)).toEqual(['ana']);
  });
});

describe('what the file says', () => {
  test('is kept: durations in order, never for no reminder, several accounts of one person', () => {
    const text = changed('longest: 4h', 'longest: 4h\n    durations: [1h30m, 15m]\n    remind: never');
    expect(read(text)).toMatchObject({
      durationsMs: [15 * MINUTE_MS, 90 * MINUTE_MS],
      remindEveryMs: null,
    });
    const several = changed('slack: T0COUNTER/U0ANA', 'slack: [T0COUNTER/U0ANA, T0COUNTER/U0ANA2]');
    expect(parseCatalogue(several, 'catalogue.yaml').people.get('ana')?.accounts).toEqual([
      { platform: 'slack', team: 'T0COUNTER', user: 'U0ANA' },
      { platform: 'slack', team: 'T0COUNTER', user: 'U0ANA2' },
    ]);
  });

  test('may be automatic for what is internal, by the id of a rule', () => {
    const stages = '    stages:\n      - name: DBA\n        group: dba\n        quorum: 2\n';
    const text = changed(stages, '    approval: automatic\n', changed('confidential', 'internal'));
    expect(read(text).consent).toEqual({
      stages: [],
      order: 'ordered',
      autoApprovedBy: 'catalogue/orders-db:read/automatic',
    });
  });

  test('may be written once and used again with an anchor', () => {
    const text = changed('members: [cleo, dev]', 'members: *all', changed('[ana, ben]', '&all [ana, ben]'));
    expect(parseCatalogue(text, 'catalogue.yaml').groups.get('dba')?.members).toEqual(['ana', 'ben']);
  });

  test('may name someone whom no object should be asked for', () => {
    const text = SMALL.replaceAll('ana', 'constructor');
    expect(parseCatalogue(text, 'catalogue.yaml').people.get('constructor')?.name).toBe('Ana');
    expect(problemsOf(changed('owner: cleo', 'owner: tostring'))).toHaveLength(1);
  });
});

describe('the digest', () => {
  const digest = (text: string) => parseCatalogue(text, 'catalogue.yaml').digest;

  test('does not change with comments, order of keys, spelling of durations or defaults written out', () => {
    const lines = SMALL.split('\n');
    const same = [
      `# Ours\n${SMALL}`,
      changed('longest: 4h', 'longest: 240m'),
      [...lines.slice(0, 4), ...lines.slice(4, 8).reverse(), ...lines.slice(8)].join('\n'),
      changed('longest: 4h', 'longest: 4h\n    ticket: none'),
      changed(
        '{ name: Ana, accounts: { slack: T0COUNTER/U0ANA } }',
        '{ accounts: { slack: T0COUNTER/U0ANA }, name: Ana }',
      ),
    ];
    for (const text of same) expect(digest(text)).toBe(digest(SMALL));
    expect(digest(SMALL)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('changes with a member, a quorum and a scope', () => {
    const other = [
      changed('[ana, ben]', '[ana]'),
      changed('quorum: 2', 'quorum: 1'),
      changed('shop_ro', 'shop_rw'),
    ].map(digest);
    expect(new Set([...other, digest(SMALL)]).size).toBe(4);
  });
});

describe('warnings', () => {
  test('say who may ask and could never be approved, and load all the same', () => {
    const { warnings } = parseCatalogue(changed('[developers]', '[developers, dba]'), 'catalogue.yaml');
    expect(warnings.map(formatProblem)).toEqual([
      'catalogue.yaml:34:5 entitlements.orders-db:read.stages: cleo, dev may ask, but without them too few people are left to consent',
    ]);
  });
});

describe('a refusal', () => {
  test('names all problems at once, in the order of the file', () => {
    const text = changed(
      'quorum: 2',
      'quorum: 3',
      changed('owner: cleo', 'owner: cloe', changed('[ana,', '[anna,')),
    );
    expect(errorOf(text)?.problems.map(({ line, path }) => [line, path])).toEqual([
      [10, 'groups.developers.members[0]'],
      [24, 'resources.orders-db.owner'],
      [37, 'entitlements.orders-db:read.stages[0].quorum'],
    ]);
  });

  test('has a stable code, names at most fifty problems and counts the rest', () => {
    const error = errorOf(`${SMALL}${Array.from({ length: 60 }, (_, i) => `extra${i}: 1\n`).join('')}`);
    expect(error).toMatchObject({ code: 'catalogue_invalid', more: 10 });
    expect(error?.problems).toHaveLength(50);
    expect(error?.printed().split('\n').at(-1)).toBe('and 10 more');
  });

  test('is printed within 80 columns', () => {
    const printed = errorOf(changed('group: dba', 'group: dbaa'))?.printed();
    expect(printed).toBe(
      [
        'catalogue.yaml cannot be used: 1 problem',
        'catalogue.yaml:36:16 entitlements.orders-db:read.stages[0].group: unknown group',
        '  "dbaa"; expected one of dba, developers (did you mean "dba"?)',
      ].join('\n'),
    );
  });

  test('shows nothing invisible and nothing endless of what was written', () => {
    const [message] = problemsOf(
      changed('classification: confidential', `classification: "\u202e${'x'.repeat(5_000)}"`),
    );
    expect(message).not.toMatch(/\p{C}/u);
    expect(message).toContain('got "U+202E');
    expect(message?.length).toBeLessThan(250);
  });
});

describe('a file', () => {
  test('that is missing, a folder, too large or no text is refused by name', async () => {
    expect(await refusalOf(join(folder, 'none.yaml'))).toEqual([
      'cannot be read (ENOENT); expected a file that this process may read',
    ]);
    expect(await refusalOf(folder)).toEqual([
      'cannot be read (EISDIR); expected a file that this process may read',
    ]);
    expect(await refusalOf(await written(Uint8Array.of(0x76, 0xff, 0xfe)))).toEqual(['is not UTF-8 text']);
    const padding = LIMITS.catalogueMaxBytes - Buffer.byteLength(SMALL);
    expect(await refusalOf(await written(`${SMALL}#${'x'.repeat(padding)}`))).toEqual([
      `is larger than ${LIMITS.catalogueMaxBytes} bytes; expected one hand-written file`,
    ]);
    expect(await refusalOf(await written(`${SMALL}#${'x'.repeat(padding - 1)}`))).toBeNull();
  });

  test.each([
    ['nothing at all', '', 'missing; expected a mapping of keys to values'],
    ['a list', '- a', 'expected a mapping of keys to values; got a list'],
    ['two documents', `${SMALL}---\n${SMALL}`, 'more than one document'],
    ['brackets without end', '['.repeat(50_000), 'nested too deeply'],
    ['brackets too deep', `version: ${'['.repeat(40)}${']'.repeat(40)}`, 'nested deeper than 16 levels'],
    ['a tag that could make an object', changed('shop_ro', '!!binary aGk='), 'unresolved tag'],
    ['an alias of itself', changed('[ana, ben]', '&a [ana, *a]'), 'nested deeper than 16 levels'],
    [
      'an alias of nothing',
      changed('[ana, ben]', '*nobody'),
      'alias of an anchor that was not set before it',
    ],
    ['a merge key', changed('version: 1', 'version: 1\n<<: { zone: UTC }'), 'unknown key "<<"'],
    ['an alias bomb', bomb(), 'more than 100 aliases (*name)'],
  ])('with %s is refused', (_name, text, message) => {
    expect(problemsOf(text).some((problem) => problem.includes(message))).toBe(true);
  });
});

function bomb(): string {
  const names = 'a b c d e f g h i'.split(' ');
  const lines = names
    .slice(1)
    .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${names[i]}`).join(', ')}]`);
  return ['a: &a [1, 2, 3]', ...lines].join('\n');
}

describe('property', () => {
  type Tree = Record<string, Record<string, unknown>>;
  const tree = parse(SMALL) as Tree;
  const referenced = ['people', 'groups', 'channels', 'connectors', 'resources'].flatMap((section) =>
    Object.keys(tree[section] ?? {}).map((key) => [section, key] as const),
  );

  test('a catalogue in which anything referred to is removed does not load', () => {
    expect(problemsOf(stringify(tree))).toEqual([]);
    fc.assert(
      fc.property(fc.subarray(referenced, { minLength: 1 }), (removed) => {
        const less = structuredClone(tree);
        for (const [section, key] of removed) delete less[section]?.[key];
        expect(problemsOf(stringify(less)).length).toBeGreaterThan(0);
      }),
    );
  });

  test.each(referenced)('is refused by name without %s.%s', (section, key) => {
    const less = structuredClone(tree);
    delete less[section]?.[key];
    const kind = section === 'people' ? 'person' : section.slice(0, -1);
    expect(problemsOf(stringify(less)).join('\n')).toContain(`: unknown ${kind} "${key}"; `);
  });

  test('whatever stands in a file, it is refused with places or it loads: nothing else is thrown', () => {
    const line = fc.constantFrom(...SMALL.split('\n'));
    const piece = fc.oneof(
      line,
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('- *a', '&a', '{', '": ', '!!x'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        for (const { line: at, column } of errorOf(pieces.join('\n'))?.problems ?? []) {
          expect(at).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
        }
      }),
    );
  });
});
