import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../flows/command-line.ts';
import type { Ran } from '../flows/process.ts';
import { copyExample, EXAMPLE, type RulesCopy } from '../policy/folders.ts';
import { schemaFaults } from './sarif-schema.ts';

/** The commands about rules, where there are neither keys nor a database. */
let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'countersign-policy-'));
});
afterAll(() => rm(place, { recursive: true, force: true }));

const policy = async (...args: readonly string[]): Promise<Ran> => {
  const ran = await runHere(['policy', ...args], { COUNTERSIGN_DATA: join(place, 'data') }, place);
  const lines = `${ran.out}${ran.err}`.split('\n').filter((line) => line.trim().includes(' '));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(ran.err).not.toMatch(/\n\s+at .*\.ts:/);
  return ran;
};
const flat = ({ out, err }: Ran): string => `${out}${err}`.replace(/\s+/g, ' ');

async function changed<T>(
  change: (copy: RulesCopy) => Promise<unknown>,
  then: (folder: string) => Promise<T>,
) {
  await using copy = await copyExample();
  await change(copy);
  return await then(copy.folder);
}

describe('policy check', () => {
  it('says what there is, of a folder, a file, or what the configuration names', async () => {
    for (const args of [[EXAMPLE], [`${EXAMPLE}/catalogue.yaml`], []]) {
      const { code, out } = await policy('check', ...args);
      expect(out).toMatch(/Policies +12, of which 3 forbid/);
      expect(out).toMatch(/Cases +52/);
      expect(out).toMatch(/Digest +[0-9a-f]{64}/);
      expect(code).toBe(0);
    }
  });

  it.each<[string, (copy: RulesCopy) => Promise<unknown>, RegExp, string]>([
    [
      'a misspelt group in a policy',
      (copy) => copy.change('policies/base.cedar', 'Group::"security"', 'Group::"secruity"'),
      /policies\/base\.cedar:\d+:\d+ .*did you mean "security"/,
      'check/policy',
    ],
    [
      'a misspelt entitlement in a case',
      (copy) =>
        copy.change('tests/restricted.yaml', 'entitlement: orders-db:write', 'entitlement: orders-db:wirte'),
      /tests\/restricted\.yaml:3:\d+ .*unknown entitlement "orders-db:wirte"; .*did you mean "orders-db:write"/,
      'check/case',
    ],
    [
      'an unknown key of a case',
      (copy) => copy.change('tests/restricted.yaml', '  at: Sunday 03:00', '  att: Sunday 03:00'),
      /tests\/restricted\.yaml:4:\d+ .*unknown key "att"; .*did you mean "at"/,
      'check/case',
    ],
    [
      'a policy id in a case that there is none of',
      (copy) => copy.change('tests/consenting.yaml', '[permit.approvers]', '[permit.aprovers]'),
      /tests\/consenting\.yaml:\d+:\d+ .*unknown policy "permit.aprovers"/,
      'check/case',
    ],
    [
      'an exception whose author approved it',
      (copy) =>
        copy.change(
          'gate.yaml',
          'exceptions: []',
          'exceptions:\n  - allow: { entitlement: x, group: dba }\n    reason: because\n    author: ana\n    approvedBy: [ana, finn]\n    until: 2026-12-31',
        ),
      /gate\.yaml:\d+:\d+ .*"ana" is its author; expected two other people/,
      'check/gate',
    ],
  ])('refuses %s with file, line and remedy, and reports it', async (_, change, expected, rule) => {
    await changed(change, async (folder) => {
      const sarif = join(place, 'check.sarif');
      const ran = await policy('check', folder, '--sarif', sarif);
      expect(flat(ran)).toMatch(expected);
      expect(ran.code).toBe(3);
      const log = JSON.parse(await readFile(sarif, 'utf8')) as { runs: { results: { ruleId: string }[] }[] };
      expect(log.runs[0]?.results.map(({ ruleId }) => ruleId)).toContain(rule);
      expect(schemaFaults(log)).toEqual([]);
    });
  });

  it('says that a folder is not there', async () => {
    const { code, err } = await policy('check', 'nowhere');
    expect(err).toContain('nowhere: there is no such folder or file');
    expect(code).toBe(4);
  });
});

describe('policy test', () => {
  it('passes the example', async () => {
    const { code, out } = await policy('test', EXAMPLE);
    expect(out).toContain('✓ In a severe incident the hours do not matter');
    expect(out).toContain('52 cases, all as expected.');
    expect(out).not.toContain('Not covered');
    expect(code).toBe(0);
  });

  it('fails a case with what was expected, what came instead, and the rules that decided', async () => {
    await changed(
      (copy) => copy.change('policies/oncall.cedar', '<= 24', '<= 25'),
      async (folder) => {
        const junit = join(place, 'test.xml');
        const ran = await policy('test', folder, '--junit', junit);
        expect(ran.out).toContain('✗ For longer it weighs more, and somebody is asked');
        expect(ran.out).toMatch(/oncall\.yaml:\d+/);
        expect(ran.out).toContain('expected requires-approval, got auto-approved');
        expect(flat(ran)).toMatch(/decided by auto.on-call-low-impact \(\S+oncall\.cedar:\d+\)/);
        expect(ran.out).toContain('52 cases, 1 not as expected.');
        expect(ran.code).toBe(1);
        const xml = await readFile(junit, 'utf8');
        expect(xml).toContain('tests="52" failures="1"');
        expect(xml).toMatch(/<failure type="test\/case" message="expected requires-approval/);
      },
    );
  });

  it('lists rules that decide no case', async () => {
    const more =
      '@id("forbid.nothing")\nforbid (principal, action == Action::"request", resource) when { context.impact > 9000 };\n';
    await changed(
      (copy) => copy.write('policies/more.cedar', more),
      async (folder) => {
        const { code, out } = await policy('test', folder);
        expect(out).toContain('Not covered, decided no case: forbid.nothing');
        expect(code).toBe(0);
      },
    );
  });
});

describe('policy explain', () => {
  const explain = (...args: readonly string[]) => policy('explain', '--folder', EXAMPLE, ...args);

  it('goes from the catalogue through the rules to one line', async () => {
    const ran = await explain(
      '--person',
      'ana',
      '--entitlement',
      'ledger-db:read',
      '--at',
      'Tuesday 10:00',
      '--for',
      '1h',
    );
    expect(ran.out).toMatch(/May ask +yes, as developers/);
    expect(flat(ran)).toMatch(/permit.requesters \(\S+base\.cedar:\d+\)/);
    expect(flat(ran)).toMatch(/demand.restricted-two-groups \(\S+\): stage dba:1, security:1/);
    expect(flat(ran)).toContain('Impact 44: classification:restricted 30');
    expect(ran.out).toMatch(/Security +1 of security: Erin Walsh, Finn Berg/);
    expect(flat(ran)).toContain('✓ Ana Novak, request ledger-db:read: yes, with the consent of dba 1');
    expect(ran.code).toBe(0);
  });

  it('says which calendar holds and until when, and why not, in the rule’s own words', async () => {
    const ran = await explain(
      '--person',
      'ana',
      '--entitlement',
      'pipeline:deploy',
      '--at',
      '2026-12-24 10:00',
    );
    expect(ran.out).toContain('freeze year-end, until Tue 2027-01-05 18:00 Europe/Vienna');
    expect(flat(ran)).toContain('no, forbid.freeze: Production is frozen. If it cannot wait');
  });

  it('takes facts and exceptions as given', async () => {
    const asked = ['--person', 'ana', '--at', '2026-12-27 03:00'];
    const frozen = ['--entitlement', 'pipeline:deploy', '--given', 'exception=freeze'];
    expect(flat(await explain(...asked, ...frozen))).toContain('yes, with the consent of release 1');
    const closed = ['--entitlement', 'ledger-db:read', '--given', 'incident=1'];
    expect(flat(await explain(...asked, ...closed))).toContain('✓ Ana Novak');
  });

  it.each([
    [
      'someone unknown',
      ['--person', 'zoe', '--entitlement', 'orders-db:read'],
      4,
      'names nobody by that key',
    ],
    [
      'an unknown entitlement',
      ['--person', 'ana', '--entitlement', 'orders-db:raed'],
      4,
      'did you mean "orders-db:read"',
    ],
    [
      'a time that is none',
      ['--person', 'ana', '--entitlement', 'orders-db:read', '--at', 'Someday'],
      2,
      '--at',
    ],
    [
      'a fact that is none',
      ['--person', 'ana', '--entitlement', 'orders-db:read', '--given', 'mood=good'],
      2,
      '--given mood=good: expected any of',
    ],
  ] as const)('refuses %s', async (_, args, exit, expected) => {
    const ran = await explain(...args);
    expect(flat(ran)).toContain(expected);
    expect(ran.code).toBe(exit);
  });
});

describe('policy who', () => {
  it('lists everyone: whose consent it takes, or why not', async () => {
    const { code, out } = await policy(
      'who',
      'queues-dashboard:read',
      '--at',
      'Sunday 03:00',
      '--folder',
      EXAMPLE,
    );
    expect(out).toMatch(/✓ Ana Novak \(ana\) +dba 1/);
    expect(out).toMatch(/✓ Ben Okafor \(ben\) +at once/);
    expect(out).toMatch(/✗ Gus Romero \(gus\) +not in Developers or On call/);
    expect(out).toContain('2 of 8 may ask for it then.');
    expect(code).toBe(0);
  });

  it('says which groups the catalogue alone knows nothing of', async () => {
    await changed(
      (copy) =>
        copy.change(
          'catalogue.yaml',
          '    title: Sales\n    members: [gus]',
          '    title: Sales\n    source: { scim: sales }',
        ),
      async (folder) => {
        const ran = await policy('who', 'orders-db:read', '--folder', folder);
        expect(flat(ran)).toContain('Not known from the catalogue who is in: sales');
      },
    );
  });
});

describe('policy diff', { timeout: 120_000 }, () => {
  it('says nothing where nothing differs', async () => {
    const ran = await policy('diff', EXAMPLE, EXAMPLE);
    expect(ran.out).toBe('The two say the same.\n');
  });

  it('tells what is written otherwise, and what follows for whom', async () => {
    await changed(
      async (copy) => {
        await copy.change(
          'catalogue.yaml',
          'requesters: [developers, oncall]\n    order: ordered',
          'requesters: [developers, sales]\n    order: ordered',
        );
        await copy.change('policies/hours.cedar', '>= 480', '>= 420');
        await copy.change('policies/restricted.cedar', 'dba:1, security:1', 'dba:2, security:1');
      },
      async (folder) => {
        const ran = await policy('diff', EXAMPLE, folder);
        expect(ran.out).toContain(
          '~ entitlement orders-db:write\n    requesters: developers, oncall → developers, sales',
        );
        expect(ran.out).toContain('    - @stage("dba:1, security:1")\n    + @stage("dba:2, security:1")');
        const [, changes = ''] = flat(ran).split('Newly allowed');
        expect(changes).toMatch(
          /orders-db:write: no \(not-eligible\) → dba 2, security 1 for gus, a member of sales/,
        );
        expect(changes).toMatch(/ledger-db:read: no \(forbidden\) → [^(]*\(forbid.finance-out-of-hours\)/);
        expect(changes).toContain('With other approvals');
        expect(changes).toMatch(
          /Newly denied .*orders-db:write: .* → no \(not-eligible\) for a member of oncall/,
        );
        expect(changes).toContain('questions were put to both');
        expect(changes).toContain('A grid, not a proof.');
      },
    );
  });
});

describe('policy gate', { timeout: 120_000 }, () => {
  it('is open for what changes nothing that matters', async () => {
    await changed(
      (copy) => copy.change('catalogue.yaml', 'title: Read the ledger', 'title: Read the ledgers'),
      async (folder) => {
        const [junit, sarif] = [join(place, 'gate.xml'), join(place, 'gate.sarif')];
        const ran = await policy('gate', folder, '--base', EXAMPLE, '--junit', junit, '--sarif', sarif);
        expect(ran.out).toContain('✓ The gate is open.');
        expect(ran.code).toBe(0);
        expect(await readFile(junit, 'utf8')).toContain('failures="0"');
        expect(schemaFaults(JSON.parse(await readFile(sarif, 'utf8')))).toEqual([]);
      },
    );
  });

  it('is shut for what loosens, each with its rule, place and remedy', async () => {
    await changed(
      async (copy) => {
        await copy.change('catalogue.yaml', 'restricted: { longest: 2h', 'restricted: { longest: 9h');
        await copy.change(
          'catalogue.yaml',
          'longest: 2h\n    durations: [30m, 1h]\n    requesters: [developers, dba]',
          'longest: 8h\n    durations: [30m, 1h]\n    requesters: [developers, dba]',
        );
        await copy.change(
          'catalogue.yaml',
          'audience: receipts, scope: receipts.read',
          'audience: receipts, scope: receipts.admin',
        );
      },
      async (folder) => {
        const sarif = join(place, 'shut.sarif');
        const ran = await policy('gate', folder, '--base', EXAMPLE, '--sarif', sarif);
        expect(ran.out).toContain('longest 480m > 120m (restricted)');
        expect(flat(ran)).toMatch(/catalogue\.yaml:\d+:\d+ gate\/lifetime-exceeds-limit/);
        expect(flat(ran)).toContain('tokens gives scope: receipts.admin, which it gave nobody before');
        expect(flat(ran)).toContain('limits restricted: longest 120m → 540m');
        expect(ran.out).toContain('✗ The gate is shut: 3 to mend.');
        expect(ran.code).toBe(1);
        const log = JSON.parse(await readFile(sarif, 'utf8')) as unknown;
        expect(schemaFaults(log)).toEqual([]);
      },
    );
  });

  it('needs a base', async () => {
    const { code, err } = await policy('gate', EXAMPLE);
    expect(err).toContain("required option '--base <folder>' not specified");
    expect(code).toBe(2);
  });
});
