import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeExport } from '../../src/cli/log-files.ts';
import type { Reading } from '../../src/cli/reading.ts';
import type { ReaderRole } from '../../src/domain/visibility.ts';
import { ID, type Life, life } from '../evidence/lives.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A reader in `role`, of the requests of these ids alone. */
function readingOf({ state }: Life, role: ReaderRole, mayRead: readonly string[]): Reading {
  const store = { request: async (id: string) => (id === ID ? state : null) };
  return { role, store, may: ({ id }) => mayRead.includes(id) } as Pick<Reading, 'role' | 'may'> as Reading;
}

async function fieldsGiven(role: ReaderRole, mayRead: readonly string[]): Promise<string[]> {
  const lived = life('a full life');
  const reading = readingOf(lived, role, mayRead);
  const head = { ...(await lived.log.head()), note: '' };
  await writeExport(folder, { store: lived.log, head, vkeys: [], reading, tiles: false, progress: () => {} });
  const lines = (await readFile(join(folder, 'disclosures.ndjson'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(lived.log.disclosures.length);
  const texts = lines.map((line) => JSON.parse(line) as { field: string; disclosure: string | null });
  return [
    ...new Set(texts.filter(({ disclosure }) => disclosure !== null).map(({ field }) => field)),
  ].toSorted();
}

it.each<[string, ReaderRole, readonly string[], readonly string[]]>([
  [
    'an auditor gets what auditors may read, of everyone',
    'auditor',
    [],
    ['comment', 'detail', 'justification', 'name', 'person', 'ticket'],
  ],
  [
    'an owner gets what owners may read, of their own requests',
    'owner',
    [ID],
    ['detail', 'justification', 'ticket'],
  ],
  ['an approver gets what approvers may read', 'approver', [ID], ['comment', 'justification', 'ticket']],
  ['whoever may read of no request gets nothing', 'owner', [], []],
])('%s; the rest is told without its text', async (_, role, mayRead, expected) => {
  expect(await fieldsGiven(role, mayRead)).toEqual(expected);
});
