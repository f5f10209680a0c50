import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { loadRules, rulesFromFiles } from '../../src/policy/load.ts';
import { CatalogueError, formatProblem } from '../../src/policy/problems.ts';
import { changed, SMALL } from './small-catalogue.ts';

const HOUR_MS = 3_600_000;
const WITH = `policies: policies\n${SMALL}`;
const PERMIT = `@id("all.request")
permit (principal, action in [Action::"request", Action::"approve"], resource);
`;
const DEMAND = `@id("demand.dba")
@stage("dba:2")
permit (principal, action == Action::"demand", resource);
`;
const FREEZES = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Counter//Freezes//EN
BEGIN:VEVENT
UID:1@counter.example
DTSTART:20261220T170000Z
DTEND:20270102T050000Z
SUMMARY:Freeze
END:VEVENT
END:VCALENDAR
`;
const ICS = 'calendars:\n  freeze: { kind: freeze, title: Freeze, ics: freezes.ics }\n';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rules-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Folder = Readonly<Record<string, string | Uint8Array>>;
async function written(files: Folder): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return join(folder, 'catalogue.yaml');
}
const load = async (files: Folder) => loadRules(await written(files));
const inMemory = (files: Folder) =>
  rulesFromFiles(
    new Map(Object.entries(files).map(([path, content]) => [path, new Uint8Array(Buffer.from(content))])),
    'catalogue.yaml',
  );

/** Each problem on its line, paths from the folder; none when the rules load. */
const problemsOf = (loading: Promise<unknown>) =>
  loading.then(
    () => [],
    (error: unknown) => {
      if (!(error instanceof CatalogueError)) throw error;
      return error.problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''));
    },
  );
const problemsIn = (files: Folder) => problemsOf(load(files));

const GOOD = {
  'catalogue.yaml': `${WITH}${ICS}`,
  'policies/a.cedar': PERMIT,
  'policies/b.cedar': DEMAND,
  'policies/README.md': 'Notes.',
  'freezes.ics': FREEZES,
};

describe('a folder of rules', () => {
  test('is its catalogue, its policies and its calendars, and the files they were read from', async () => {
    const rules = await load({
      ...GOOD,
      'policies/.a.cedar.swp': 'x',
      'other.ics': 'x',
      'tests/a.yaml': 'x',
    });
    expect([...(rules.policies?.rules.keys() ?? [])].sort()).toEqual(['all.request', 'demand.dba']);
    const window = { from: Date.UTC(2026, 11, 24), until: Date.UTC(2026, 11, 24) + HOUR_MS };
    const orders = { key: 'orders-db', environment: 'production' };
    expect(rules.calendars.holding('freeze', window, orders)).toEqual(['freeze']);
    expect([...rules.files.keys()].sort()).toEqual([
      'catalogue.yaml',
      'freezes.ics',
      'policies/a.cedar',
      'policies/b.cedar',
    ]);
    expect(Buffer.from(rules.files.get('policies/a.cedar') ?? []).toString()).toBe(PERMIT);
  });

  test('loads again from its files, with the same digest', async () => {
    const rules = await load(GOOD);
    const again = rulesFromFiles(rules.files, 'catalogue.yaml');
    expect(again.digest).toBe(rules.digest);
    expect([...again.files.keys()].sort()).toEqual([...rules.files.keys()].sort());
  });

  test('decides by the catalogue alone when it says so, or when there is nothing else', async () => {
    expect((await load({ 'catalogue.yaml': SMALL })).policies).toBeNull();
    const none = { 'catalogue.yaml': `policies: none\n${SMALL}`, 'policies/a.cedar': 'nonsense' };
    expect((await load(none)).policies).toBeNull();
    expect(inMemory(none).policies).toBeNull();
  });

  test('follows links within itself, as where a configuration is mounted', async () => {
    const file = await written({ 'catalogue.yaml': WITH, '..data/a.cedar': PERMIT });
    await mkdir(join(folder, 'policies'));
    await symlink('../..data/a.cedar', join(folder, 'policies', 'a.cedar'));
    expect((await loadRules(file)).policies?.rules.size).toBe(1);
  });
});

describe('the digest', () => {
  const digest = (files: Folder) => inMemory(files).digest;

  test('is of what rules mean: layout, comments, names of files and ends of lines do not count', () => {
    const same: Folder[] = [
      { ...GOOD, 'policies/a.cedar': `// Everyone.\n${PERMIT.replaceAll('\n', '\n  ')}` },
      { ...GOOD, 'policies/a.cedar': DEMAND, 'policies/b.cedar': PERMIT },
      { ...GOOD, 'policies/a.cedar': `${PERMIT}${DEMAND}`, 'policies/b.cedar': '// Moved.' },
      { ...GOOD, 'freezes.ics': FREEZES.replaceAll('\n', '\r\n') },
      { ...GOOD, 'catalogue.yaml': `# Ours.\n${GOOD['catalogue.yaml']}` },
    ];
    for (const files of same) expect(digest(files)).toBe(digest(GOOD));
    expect(digest(GOOD)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('changes with the catalogue, a policy, an annotation and a calendar', () => {
    const others: Folder[] = [
      GOOD,
      { ...GOOD, 'catalogue.yaml': GOOD['catalogue.yaml'].replace('longest: 4h', 'longest: 3h') },
      { ...GOOD, 'policies/a.cedar': PERMIT.replace('permit', 'forbid') },
      { ...GOOD, 'policies/a.cedar': PERMIT.replace('all.request', 'all.other') },
      { ...GOOD, 'policies/b.cedar': DEMAND.replace('dba:2', 'dba:1') },
      { ...GOOD, 'freezes.ics': FREEZES.replace('20261220', '20261219') },
      { 'catalogue.yaml': `policies: none\n${SMALL}` },
    ];
    expect(new Set(others.map(digest)).size).toBe(others.length);
  });
});

const MISSING =
  'missing, though a folder policies lies beside the catalogue; say policies: policies, or policies: none';

describe('is refused', () => {
  test('when policies lie there and nobody said whether they count', async () => {
    const files = { 'catalogue.yaml': SMALL, 'policies/a.cedar': PERMIT };
    expect(await problemsIn(files)).toEqual([`catalogue.yaml:1:1 policies: ${MISSING}`]);
    expect(() => inMemory(files)).toThrow(MISSING);
  });

  test('when the folder is not there, or holds no policy', async () => {
    const empty =
      'catalogue.yaml:1:11 policies: no .cedar file in policies/ beside the catalogue can be read, and what no policy permits is forbidden; expected some, or none';
    expect(await problemsIn({ 'catalogue.yaml': WITH })).toEqual([empty]);
    expect(await problemsIn({ 'catalogue.yaml': WITH, 'policies/README.md': '' })).toEqual([empty]);
    expect(() => inMemory({ 'catalogue.yaml': WITH })).toThrow(empty);
  });

  test('when something lies among the policies that would not be read', async () => {
    expect(
      await problemsIn({ ...GOOD, 'policies/freeze.ceder': 'x', 'policies/more/c.cedar': PERMIT }),
    ).toEqual([
      'policies:1:1 holds "freeze.ceder", which is no .cedar file and would not be read; rename it, or take it out',
      'policies:1:1 holds "more", which is no .cedar file and would not be read; rename it, or take it out',
    ]);
  });

  test('when a policy is a link out of the folder or to nothing, or no file', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    try {
      await writeFile(join(outside, 'a.cedar'), PERMIT);
      const file = await written({ ...GOOD, 'policies/d.cedar/x': '' });
      await symlink(join(outside, 'a.cedar'), join(folder, 'policies', 'c.cedar'));
      await symlink('nowhere.cedar', join(folder, 'policies', 'e.cedar'));
      expect(await problemsOf(loadRules(file))).toEqual([
        'policies/c.cedar:1:1 leads out of the folder; expected a file in it',
        'policies/d.cedar:1:1 is no regular file',
        'policies/e.cedar:1:1 cannot be read (ENOENT); expected a file that this process may read',
      ]);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  test('when a file is too large, too many, or no text', async () => {
    const large = { ...GOOD, 'policies/a.cedar': `//${'x'.repeat(LIMITS.policyFileMaxBytes)}` };
    expect(await problemsIn(large)).toEqual([
      `policies/a.cedar:1:1 is larger than ${LIMITS.policyFileMaxBytes} bytes; expected one hand-written file`,
    ]);
    expect(await problemsIn({ ...GOOD, 'policies/a.cedar': Uint8Array.of(0xff, 0xfe) })).toEqual([
      'policies/a.cedar:1:1 is not UTF-8 text',
    ]);
    const many = Object.fromEntries(
      Array.from({ length: LIMITS.policyFilesMax + 1 }, (_, i) => [`policies/n${i}.md`, '']),
    );
    expect(await problemsIn({ ...GOOD, ...many })).toContain(
      `policies:1:1 holds more than ${LIMITS.policyFilesMax} files; expected hand-written policies`,
    );
  });

  test('when a calendar is not there, or cannot be read as one', async () => {
    const { 'freezes.ics': _, ...without } = GOOD;
    expect(await problemsIn(without)).toEqual([
      'catalogue.yaml:40:47 calendars.freeze.ics: "freezes.ics" is not there; put it beside the catalogue',
    ]);
    const [problem] = await problemsIn({ ...GOOD, 'freezes.ics': 'x' });
    expect(problem).toMatch(/calendars\.freeze.*: freezes\.ics: /);
  });

  test('with every problem of policies and calendars at once, file by file', async () => {
    const broken = {
      ...GOOD,
      'policies/a.cedar': PERMIT.replace('"request"', '"reqest"'),
      'policies/b.cedar': DEMAND.replace('dba:2', 'dbaa:2'),
      'freezes.ics': 'x',
    };
    await written(broken);
    const places = (await problemsIn(broken)).map((problem) => problem.split(' ')[0]);
    expect(places.map((place) => place?.replace(/:\d+$/, ''))).toEqual([
      'catalogue.yaml:40',
      'policies/a.cedar:2',
      'policies/b.cedar:2',
    ]);
  });

  test('with the problems of the catalogue first, and no other', async () => {
    const files = {
      ...GOOD,
      'catalogue.yaml': WITH.replace('group: dba', 'group: dbaa'),
      'policies/a.cedar': 'x',
    };
    expect(await problemsIn(files)).toEqual([
      'catalogue.yaml:37:16 entitlements.orders-db:read.stages[0].group: unknown group "dbaa"; expected one of dba, developers (did you mean "dba"?)',
    ]);
  });

  test('when the catalogue is not among the files', () => {
    expect(() => inMemory({ 'other.yaml': SMALL })).toThrow('catalogue.yaml:1:1 is not there');
  });
});

describe('names across files', () => {
  const exception = (overrides: string) =>
    `${changed(
      'resources:\n',
      `  exceptions: { use: exception, config: {} }
resources:
  rules: { title: Rules, connector: exceptions, environment: production, classification: internal, owner: dev, channel: approvals }
`,
      WITH,
    )}  an-exception:
    title: Exception
    resource: rules
    description: For a repair.
    longest: 1h
    stages: [{ name: DBA, group: dba, quorum: 1 }]
    scope: { overrides: ${overrides} }
`;

  test('must resolve for what an exception overrides: the freeze, or a policy', async () => {
    const policies = { 'policies/a.cedar': PERMIT };
    expect(await problemsIn({ 'catalogue.yaml': exception('freeze'), ...policies })).toEqual([]);
    expect(await problemsIn({ 'catalogue.yaml': exception('all.request'), ...policies })).toEqual([]);
    expect(await problemsIn({ 'catalogue.yaml': exception('all.reqest'), ...policies })).toEqual([
      'catalogue.yaml:47:25 entitlements.an-exception.scope.overrides: unknown policy "all.reqest"; expected one of all.request, freeze (did you mean "all.request"?)',
    ]);
  });

  test('may not give rights to groups that are only told, nor ask them to consent', async () => {
    const catalogue = changed(
      'channels:\n',
      '  duty: { title: Duty, source: { slack: S0DUTY } }\nchannels:\n',
      WITH,
    );
    const told =
      'duty is a Slack user group for telling people only; say counts: true in the catalogue, or name another group';
    const files = {
      'catalogue.yaml': catalogue,
      'policies/a.cedar': PERMIT.replace('(principal,', '(principal in Group::"duty",'),
      'policies/b.cedar': DEMAND.replace('dba:2', 'duty:1'),
    };
    expect(await problemsIn(files)).toEqual([
      `policies/a.cedar:1:1 all.request: ${told}`,
      `policies/b.cedar:1:1 demand.dba: ${told}`,
    ]);
    const counting = catalogue.replace('S0DUTY', 'S0DUTY, counts: true');
    expect(await problemsIn({ ...files, 'catalogue.yaml': counting })).toEqual([]);
  });
});

test('the example loads, without a warning, from the folder and from its files', async () => {
  const example = new URL('../../manifests/access/catalogue.yaml', import.meta.url).pathname;
  const rules = await loadRules(example);
  expect(rules.catalogue.warnings).toEqual([]);
  expect(rulesFromFiles(rules.files, 'catalogue.yaml').digest).toBe(rules.digest);
  expect(Buffer.from(rules.files.get('catalogue.yaml') ?? [])).toEqual(await readFile(example));
});
