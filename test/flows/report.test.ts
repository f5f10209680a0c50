import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leafHash } from '../../src/audit/leaf.ts';
import { parseVkey } from '../../src/audit/note.ts';
import { verifyTlogProof } from '../../src/audit/tlog-proof.ts';
import type { RecordedEvent, RequestEvent } from '../../src/domain/events.ts';
import type { Subject } from '../../src/domain/values.ts';
import type { Store } from '../../src/ports/store.ts';
import { REPORTS } from '../../src/reports/reports.ts';
import { verifyFolder } from '../../src/verifier/folder.ts';
import { ENTITLEMENT, event, HOUR, MINUTE, ONE, PROOF } from '../domain/facts.ts';
import { type LogInstallation, openLogInstallation } from './log-installation.ts';

/** Half past eleven in the evening, Vienna, of the day that has 25 hours. */
const LATE = Date.UTC(2025, 9, 26, 22, 30);
const DAY = ['--from', '2025-10-26', '--to', '2025-10-26'];
const HANA = ['--as', 'hana'];
const HOSTILE = '=cmd|"/c calc"!A1 <script>alert(1)</script>\n# SHA-256: 0';

let installation: LogInstallation;
beforeAll(async () => {
  installation = await openLogInstallation();
  const store = await installation.open();
  try {
    await live(store, 'request/req_000000000001', LATE, 'orders-db');
    await live(store, 'request/req_000000000002', LATE + HOUR, 'orders-db');
    await live(store, 'request/req_000000000003', LATE, 'billing-db');
  } finally {
    await store.close();
  }
});
afterAll(() => installation[Symbol.asyncDispose]());

const person = (store: Store, key: string): Promise<Subject> =>
  store.subjectOf(key, () => `s:${createHash('sha256').update(key).digest('hex').slice(0, 24)}`);

/** Asked for, approved, had for ten minutes, handed back and gone. */
async function live(store: Store, stream: string, at: number, resource: string): Promise<void> {
  const [ana, cleo, owner] = [
    await person(store, 'ana'),
    await person(store, 'cleo'),
    await person(store, 'finn'),
  ];
  let version = 0;
  const append = async (afterMs: number, ...made: RequestEvent[]): Promise<RecordedEvent | undefined> => {
    const events = made.map((each) => ({ ...each, id: randomUUID(), at: at + afterMs }));
    const appended = await store.append({ stream, expectedVersion: version, events });
    if (!appended.ok) throw new Error(appended.reason);
    version += events.length;
    return appended.events[0];
  };
  const entitlement = { ...ENTITLEMENT, resource, owner: resource === 'billing-db' ? owner : cleo };
  const asked = { requester: ana, entitlement, consent: ONE, lapseAt: at + HOUR };
  const submitted = await append(0, event('RequestSubmitted', asked, { justification: HOSTILE }));
  const shown = submitted?.meta.leaf ?? '';
  await append(
    MINUTE,
    event('ApprovalRecorded', { by: cleo, shown }, { comment: 'go ahead' }),
    event('RequestApproved', { approvers: [cleo] }),
    event('ProvisioningStarted', { expiresAt: at + HOUR }),
    event('CredentialIssued', { expiresAt: at + HOUR }),
  );
  await append(
    10 * MINUTE,
    event('RevocationStarted', { trigger: 'done-early', by: ana }),
    event('CredentialRemoved'),
  );
  const proof = { ...PROOF, at: at + 10 * MINUTE + 1_500 };
  await append(10 * MINUTE + 1_500, event('RevocationVerified', { proof }));
}

const report = (name: string, ...more: readonly string[]) =>
  installation.run('report', name, ...DAY, ...more);

async function written(name: string, format: string, ...more: readonly string[]) {
  const out = installation.path(`${name}-${randomUUID()}.${format}`);
  const ran = await report(name, '--format', format, '--out', out, ...more);
  expect(ran, ran.err).toMatchObject({ code: 0, err: '' });
  return { out, ran, text: await readFile(out, 'utf8') };
}

describe('a report', () => {
  it.each(REPORTS.map(({ name }) => name))(
    '%s is made in each format, and gives its own SHA-256',
    async (name) => {
      for (const format of ['csv', 'json', 'html']) {
        const { text } = await written(name, format, ...HANA);
        const [, line = ''] = /sed (?:'|&#39;)(\d+)d/.exec(text) ?? [];
        const lines = text.split('\n');
        const [says = ''] = lines.splice(Number(line) - 1, 1);
        expect(says).toContain(createHash('sha256').update(lines.join('\n')).digest('hex'));
      }
    },
  );

  it('has the rows of the days in the catalogue’s zone, or in another', async () => {
    const ids = async (...more: readonly string[]) => {
      const { out } = await report('grants', '--format', 'json', ...HANA, ...more);
      return (JSON.parse(out) as { rows: { request: string }[] }).rows.map(({ request }) => request);
    };
    expect(await ids()).toEqual(['req_000000000001', 'req_000000000003']);
    expect(await ids('--zone', 'America/New_York')).toHaveLength(3);
    expect(await ids('--zone', 'Asia/Tokyo')).toEqual([]);
  });

  it('keeps a hostile text a text, and tells it on the terminal with what was written where', async () => {
    const { text, ran, out } = await written('grants', 'csv', ...HANA);
    expect(text).toContain(`"'${HOSTILE.replaceAll('"', '""')}"`);
    expect(ran.out.split('\n').filter((line) => line.length > 80 && !line.includes(out))).toEqual([]);
    expect(ran.out).toMatch(/Rows\s+2\n.*Exceptions\s+none\n/s);
    const page = await written('grants', 'html', ...HANA);
    expect(page.text).not.toContain('<script');
  });

  it('is for its owner’s eyes', async () => {
    const { out } = await written('grants', 'csv', ...HANA);
    expect((await stat(out)).mode & 0o077).toBe(0);
    expect((await stat(`${out}.proofs`)).mode & 0o077).toBe(0);
  });

  it('brings proofs that hold against the key of the log, also for the standalone verifier', async () => {
    const { out } = await written('removals', 'html', ...HANA);
    const folder = `${out}.proofs`;
    const vkey = (await installation.run('keys', 'list')).out.match(/^\S+\+[0-9a-f]{8}\+\S+$/m)?.[0] ?? '';
    const names = await readdir(`${folder}/proofs`);
    expect(names).toHaveLength(2);
    for (const name of names) {
      const index = name.replace('.tlog-proof', '');
      const leaf = await readFile(`${folder}/events/${index}.json`);
      const proof = await readFile(`${folder}/proofs/${name}`, 'utf8');
      expect(verifyTlogProof(proof, leafHash(leaf), [parseVkey(vkey)]).index).toBe(Number(index));
    }
    const quiet = { tell: () => {}, progress: () => {} };
    expect(verifyFolder({ folder, key: vkey, since: null }, quiet)).toMatchObject({ ok: true });
    await writeFile(`${folder}/events/${names[0]?.replace('.tlog-proof', '')}.json`, '{}');
    expect(verifyFolder({ folder, key: vkey, since: null }, quiet)).toMatchObject({ ok: false });
  });

  it('is itself on record, before it is read', async () => {
    await report('grants', ...HANA);
    const { out } = await report('denied', '--format', 'json', ...HANA, '--to', '2199-12-31');
    const { rows } = JSON.parse(out) as { rows: { what: string; action: string; by_name: string }[] };
    expect(rows.at(-1)).toMatchObject({ what: 'log read', action: 'report', by_name: 'Hana Sato' });
  });
});

describe('an owner', () => {
  it('has the rows of their own resources, with names and reasons, and not what approvers wrote', async () => {
    const { out } = await report('approvals', '--format', 'json', '--as', 'cleo');
    const { rows } = JSON.parse(out) as { rows: Record<string, unknown>[] };
    expect(rows.map(({ request }) => request)).toEqual(['req_000000000001', 'req_000000000001']);
    expect(rows[0]).toMatchObject({ requester_name: 'Ana Novak', words: { masked: true } });
  });

  it.each(['drift', 'changes', 'integrity'])('does not have %s, which is about no resource', async (name) => {
    const { code, out, err } = await report(name, '--as', 'cleo');
    expect([code, out]).toEqual([1, '']);
    expect(err.replaceAll('\n', ' ')).toContain(`the report ${name} is for an auditor`);
  });
});

describe('whoever may not', () => {
  it.each(['ana', 'erin', 'nobody'])('%s gets nothing', async (who) => {
    const { code, out, err } = await report('grants', '--as', who);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(`--as ${who}`);
  });
});

describe('a wrong command line', () => {
  it.each([
    [
      ['grants', '--from', '2025-02-30', '--to', '2025-03-01'],
      '--from 2025-02-30: expected a day of the calendar',
    ],
    [
      ['grants', '--from', '2025-03-02', '--to', '2025-03-01'],
      '--to 2025-03-01: expected 2025-03-02 (--from) or a later',
    ],
    [
      ['grants', ...DAY, '--zone', 'Vienna'],
      '--zone Vienna: expected an IANA time zone such as Europe/Vienna',
    ],
    [['grants', ...DAY, '--format', 'pdf'], 'Allowed choices are csv, json, html'],
    [['grants', ...DAY, '--out', '/nowhere/at/all.csv'], 'there is no folder'],
    [['grants', '--from', '2025-10-26'], "required option '--to <day>' not specified"],
    [['grunts', ...DAY], "unknown command 'grunts'"],
  ])('%j is refused with what was expected', async (args, expected) => {
    const { code, out, err } = await installation.run(
      'report',
      ...args,
      ...(args[0] === 'grunts' ? [] : HANA),
    );
    expect([code, out]).toEqual([2, '']);
    expect(err.replaceAll('\n', ' ')).toContain(expected);
  });

  it('does not write over what is there, nor beside it', async () => {
    const { out, text } = await written('grants', 'csv', ...HANA);
    const again = await report('grants', ...HANA, '--out', out);
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err.replaceAll('\n', ' ')).toContain('exists already; name another, nothing is overwritten');
    expect(await readFile(out, 'utf8')).toBe(text);
  });
});

it('lists the reports, and what each answers, in 80 columns', async () => {
  const { code, out } = await installation.run('report', 'list');
  expect(code).toBe(0);
  for (const { name } of REPORTS) expect(out).toMatch(new RegExp(`^${name} `, 'm'));
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
});
