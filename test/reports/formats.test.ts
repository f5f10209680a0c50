import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReaderRole } from '../../src/domain/visibility.ts';
import { approvals } from '../../src/reports/approvals.ts';
import { csvOf } from '../../src/reports/csv.ts';
import { grants } from '../../src/reports/grants.ts';
import { jsonOf } from '../../src/reports/json.ts';
import { pageOf } from '../../src/reports/page/index.ts';
import { removals } from '../../src/reports/removals.ts';
import { REPORTS } from '../../src/reports/reports.ts';
import { ANN, HOUR, T0 } from '../domain/facts.ts';
import { Book, made, periodOf, VKEY } from './book.ts';
import { bookOf, grant } from './lives.ts';
import { readCsv } from './rfc4180.ts';

const asked = { period: periodOf('2026-11-20', '2026-11-20', 'Europe/Vienna'), now: T0 + 48 * HOUR };
const FORMATS = { csv: csvOf, json: jsonOf, html: pageOf };
const formats = Object.entries(FORMATS);

/** Records under the head of comments. */
function recordsOf(csv: string): readonly Readonly<Record<string, string>>[] {
  const body = csv.slice(csv.indexOf('\r\nrequest,') + 2);
  const [names = [], ...records] = readCsv(body);
  return records.map((record) => Object.fromEntries(names.map((name, i) => [name, record[i] ?? 'missing'])));
}

describe.each(formats)('the %s of every report', (format, print) => {
  it.each(REPORTS.map((report) => [report.name, report] as const))(
    '%s gives its own SHA-256',
    async (_, report) => {
      for (const count of [0, 3]) {
        const text = print(await made(report, bookOf(count), asked));
        const lines = text.split('\n');
        const [at, ...more] = [...lines.keys()].filter((i) =>
          /SHA-256(: | of this file)|^"sha256"/.test(lines[i] ?? ''),
        );
        expect(more).toEqual([]);
        const rest = lines.filter((_line, i) => i !== at).join('\n');
        expect(lines[at ?? -1]).toContain(createHash('sha256').update(rest).digest('hex'));
        const command = `sed '${(at ?? -1) + 1}d' FILE | sha256sum`;
        expect(text.replaceAll('&#39;', "'")).toContain(command);
        expect(text.endsWith('\n'), format).toBe(true);
      }
    },
  );

  it('says in words that there is nothing, and what that means', async () => {
    const report = await made(grants, new Book(), asked);
    expect(print(report).replaceAll(/\s+(# +)?/g, ' ')).toContain(report.head.nothing);
  });

  it('names the query, the period in its zone, who made it with what, and the tree', async () => {
    const book = bookOf(1);
    const text = print(await made(grants, book, asked)).replaceAll(/\s+(# +)?/g, ' ');
    for (const part of [
      'countersign report grants --from 2026-11-20 --to 2026-11-20 --zone Europe/Vienna',
      '2026-11-19T23:00:00.000Z',
      '2026-11-20T23:00:00.000Z',
      'Europe/Vienna',
      '2026-11-22T09:00:00.000Z',
      `Cleo (${ANN}), as auditor`,
      'countersign 0.0.0',
      book.head().root,
      VKEY,
    ])
      expect(text).toContain(part);
  });
});

it('says that a period is not over while it is not', async () => {
  const early = { ...asked, now: asked.period.to - 1 };
  expect(csvOf(await made(grants, new Book(), early))).toContain('Period is over: no: more may happen in it');
  expect(csvOf(await made(grants, new Book(), { ...asked, now: asked.period.to }))).toContain(
    'Period is over: yes',
  );
});

describe('CSV', () => {
  it('has its head in comments no wider than a terminal, hashes and signatures apart', async () => {
    const lines = csvOf(await made(removals, bookOf(3), asked)).split('\r\n');
    const head = lines.slice(
      0,
      lines.findIndex((line) => line.startsWith('request,')),
    );
    expect(head.every((line) => line.startsWith('#'))).toBe(true);
    expect(
      head.filter(
        (line) => line.length > 80 && !/— |\+[0-9a-f]{8}\+|SHA-256: |Tree root|Catalogue/.test(line),
      ),
    ).toEqual([]);
  });

  it('gives back what was put in', async () => {
    const [first, ...more] = recordsOf(csvOf(await made(grants, bookOf(2), asked)));
    expect(more).toHaveLength(1);
    expect(first).toMatchObject({
      request: 'req_000000000001',
      requester_name: 'Ana',
      approvers_names: 'Cleo; Dev',
      started_at: '2026-11-20T09:04:00.000Z',
      started_at_local: '2026-11-20T10:04:00+01:00',
      justification: 'INC-1: orders stuck',
      rule: '',
      exceptions: '',
      log_index: '4',
    });
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    "'=1",
    '＝1',
    '=HYPERLINK("http://x";"y")',
  ])('keeps a spreadsheet from taking %j for a formula', async (justification) => {
    const book = new Book();
    grant(book, 1, { at: T0, justification });
    const [row] = recordsOf(csvOf(await made(grants, book, asked)));
    expect(row?.['justification']).toBe(`'${justification}`);
  });

  it('leaves a harmless text as it is', async () => {
    const book = new Book();
    grant(book, 1, { at: T0, justification: 'a = b, "c"; -d' });
    const [row] = recordsOf(csvOf(await made(grants, book, asked)));
    expect(row?.['justification']).toBe('a = b, "c"; -d');
  });

  it('gives back any text, and lets none begin as a formula', async () => {
    const starts = fc.constantFrom('', '=', '+', '-', '@', '\t', '\r\n', "'", '"', ',', '# ');
    await fc.assert(
      fc.asyncProperty(starts, fc.string({ unit: 'grapheme' }), async (start, rest) => {
        const justification = `${start}${rest}`.toWellFormed();
        const book = new Book();
        grant(book, 1, { at: T0, justification });
        const [row, ...more] = recordsOf(csvOf(await made(grants, book, asked)));
        expect(more).toEqual([]);
        expect(row?.['justification']).not.toMatch(/^[=+\-@\t\r\n]/);
        expect(row?.['justification']?.replace(/^'/, '')).toBe(justification);
      }),
      { numRuns: 200 },
    );
  });
});

describe('JSON', () => {
  it('has its members and the fields of each row always in the same order', async () => {
    const text = jsonOf(await made(removals, bookOf(2), asked));
    expect(jsonOf(await made(removals, bookOf(2), asked))).toBe(text);
    const document = JSON.parse(text) as Record<string, unknown> & { rows: object[] };
    expect(Object.keys(document)).toEqual([
      'format',
      'head',
      'checkpoint',
      'keys',
      'check',
      'sha256',
      'columns',
      'figures',
      'rows',
      'proofs',
    ]);
    expect(document['head']).toMatchObject({
      row_count: 2,
      exception_count: 0,
      tree_size: 18,
      zone: 'Europe/Vienna',
    });
    expect(Object.keys(document.rows[0] ?? {}).slice(0, 4)).toEqual([
      'request',
      'requester',
      'requester_name',
      'entitlement',
    ]);
  });
});

describe('the page', () => {
  const hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\" onload='x' </table>\u202egnirts";

  it('shows a hostile text as text', async () => {
    const book = new Book();
    grant(book, 1, { at: T0, justification: hostile });
    const page = pageOf(await made(grants, book, asked));
    expect(page).not.toMatch(/<script|<img|\u202e| on\w+=["']/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page.match(/<\/table>/g)).toHaveLength(1);
  });

  it('may load and run nothing', async () => {
    const page = pageOf(await made(grants, bookOf(1), asked));
    const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).not.toMatch(/<script|<link|<iframe|<form|javascript:|\bsrc=|\bhref=|style="/);
  });

  it('marks an exception with words', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    const page = pageOf(await made(grants, book, asked));
    expect(page).toContain('Exception: its time is over and it is not proven gone.');
    expect(page).toContain('<b>1</b><span>Exceptions</span>');
  });
});

describe('what a reader may not see', () => {
  const rowAs = async (role: ReaderRole): Promise<Readonly<Record<string, string>> | undefined> => {
    const book = bookOf(1);
    return recordsOf(csvOf(await made(removals, book, { ...asked, role })))[0];
  };

  it('is said to be there, and not told', async () => {
    expect(await rowAs('auditor')).toMatchObject({ reason: 'over' });
    const book = new Book();
    grant(book, 1, { at: T0 });
    const comments = async (role: ReaderRole) =>
      recordsOf(csvOf(await made(approvals, book, { ...asked, role }))).map((row) => row['words']);
    expect(await comments('auditor')).toEqual(['', 'go ahead', '']);
    expect(await comments('owner')).toEqual(['', '[not for this reader]', '']);
  });

  it('is marked as redacted with the event that tells so, and as missing where none does', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    grant(book, 2, { at: T0 });
    for (const n of [1, 2]) book.forget(`request/req_00000000000${n}`, 'justification');
    const targets = [{ index: 0, field: 'justification', digest: 'd' }];
    const told = {
      cause: 'field',
      targets,
      subject: null,
      by: ANN,
      approvedBy: null,
      retention: null,
    } as const;
    book.add('redaction/1', T0, { type: 'DisclosuresRedacted', data: told });
    const report = await made(grants, book, asked);
    expect(recordsOf(csvOf(report)).map((row) => row['justification'])).toEqual([
      '[redacted: see event 12 of the log]',
      '[missing, and no event tells of its redaction]',
    ]);
    const { rows } = JSON.parse(jsonOf(report)) as { rows: Record<string, unknown>[] };
    expect(rows.map((row) => row['justification'])).toEqual([{ redacted_at: 12 }, { redacted_at: null }]);
  });
});
