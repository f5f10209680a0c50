import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logStream } from '../../src/domain/journal.ts';
import { loadRules } from '../../src/policy/load.ts';
import type { Store } from '../../src/ports/store.ts';
import { copyExample, EXAMPLE } from '../policy/folders.ts';
import { recordRequests } from '../policy/recorded.ts';
import { ask, type LogInstallation, openLogInstallation } from './log-installation.ts';
import type { Ran } from './process.ts';

const REQUESTS = 2_000;

let place: LogInstallation;
let refused = 0;
beforeAll(async () => {
  place = await openLogInstallation();
  const store = await place.open();
  refused = await recordRequests(store, await loadRules(`${EXAMPLE}/catalogue.yaml`), REQUESTS);
  await store.close();
}, 300_000);
afterAll(() => place[Symbol.asyncDispose]());

const simulate = async (...args: readonly string[]): Promise<Ran> => {
  const ran = await place.run('policy', 'simulate', '--as', 'hana', ...args);
  const lines = `${ran.out}${ran.err}`.split('\n');
  if (!args.includes('--json')) expect(lines.filter((line) => line.length > 80)).toEqual([]);
  return ran;
};

async function within<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await place.open();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

describe('policy simulate, over 2,000 recorded requests', { timeout: 300_000 }, () => {
  it('finds nothing where the rules are the same', async () => {
    const { code, out } = await simulate('--against', EXAMPLE);
    expect(out).toMatch(/Asked for +2000/);
    expect(out).toMatch(/unchanged +2000/);
    expect(out).not.toContain('→deny\n');
    expect(code).toBe(0);
  });

  it('tells what would have been refused, given, and asked of others, with the cases', async () => {
    await using after = await copyExample();
    await after.change('policies/oncall.cedar', 'context.impact <= 24', 'context.impact <= 21');
    await after.change('policies/hours.cedar', 'context.weekday <= 5', 'context.weekday <= 7');
    await after.write(
      'policies/more.cedar',
      '@id("forbid.practice")\n@says("No more practice.")\nforbid (principal, action == Action::"request", resource == Entitlement::"practice-db:read");\n',
    );
    const { code, out } = await simulate('--against', after.folder);
    expect(code).toBe(0);
    expect(out).toMatch(/\n {2}req_\w{12} .*practice-db:read\n {6}s:[0-9a-f]{24}: dba 2/);
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /s:[0-9a-f]{24}: dba 2 \(permit.requesters\) → no \(forbidden\) \(forbid.practice\)/,
    );
    expect(out.replace(/\s+/g, ' ')).toContain('ledger-db:read');
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /automatic \(auto.on-call-low-impact, permit.requesters\) → dba 1/,
    );
    const json = JSON.parse((await simulate('--against', after.folder, '--json')).out) as {
      asked: number;
      cases: { kind: string; request: string; who: string; entitlement: string }[];
    };
    expect(json.asked).toBe(REQUESTS);
    const of = (kind: string) => json.cases.filter((each) => each.kind === kind);
    const kinds = ['allow→deny', 'approvals changed', 'deny→allow'];
    expect(kinds.map((kind) => of(kind).length > 0)).toEqual([true, true, true]);
    expect(json.cases.every(({ kind }) => kinds.includes(kind))).toBe(true);
    expect(of('allow→deny').every(({ entitlement }) => entitlement === 'practice-db:read')).toBe(true);
    expect(of('deny→allow').every(({ request }) => request.startsWith('#'))).toBe(true);
  });

  it('names people only when asked to', async () => {
    await using after = await copyExample();
    await after.remove('policies/nonproduction.cedar');
    const masked = await simulate('--against', after.folder);
    expect(masked.out).not.toMatch(/Ana|Ben|\bana\b|\bben\b/);
    const named = await simulate('--against', after.folder, '--names');
    expect(named.out).toContain('Ana Novak: automatic (auto.staging, permit.requesters)');
  });

  it('says what cannot be replayed, and why', async () => {
    await using before = await copyExample();
    await before.remove('policies/nonproduction.cedar');
    const { out } = await simulate('--from', before.folder, '--against', EXAMPLE);
    expect(out.replace(/\s+/g, ' ')).toContain('the rules in force do not give what was recorded then');
    await within((store) => ask(store, 99_999, 99_999));
    expect((await simulate('--against', EXAMPLE)).out).toContain('1: recorded before facts were kept');
  });

  it('is an act on record, of auditors alone', async () => {
    const reads = () =>
      within(async (store) => (await store.journal(logStream)).filter(({ type }) => type === 'LogRead'));
    const before = (await reads()).length;
    await simulate('--against', EXAMPLE);
    const now = await reads();
    expect(now).toHaveLength(before + 1);
    expect(now.at(-1)?.data).toMatchObject({ what: 'report', query: { report: 'policy-simulate' } });
    for (const person of ['finn', 'gus']) {
      const ran = await place.run('policy', 'simulate', '--against', EXAMPLE, '--as', person);
      expect(ran.code).toBe(1);
      expect(ran.out).toBe('');
    }
    expect(refused).toBeGreaterThan(500);
  });
});
