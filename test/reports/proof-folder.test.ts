import { describe, expect, it } from 'vitest';
import { parseVkey } from '../../src/audit/note.ts';
import { verifyBundle } from '../../src/audit/verify-bundle.ts';
import { drift } from '../../src/reports/drift.ts';
import { eligibility } from '../../src/reports/eligibility.ts';
import { grants } from '../../src/reports/grants.ts';
import { proofFiles } from '../../src/reports/proof-folder.ts';
import type { Report } from '../../src/reports/report.ts';
import { CLEO, HOUR, T0 } from '../domain/facts.ts';
import { Book, made, periodOf, VKEY } from './book.ts';
import { grant } from './lives.ts';

const asked = { period: periodOf('2026-11-20', '2026-11-20'), now: T0 + 24 * HOUR };
const quiet = { tell: () => {}, progress: () => {} };

async function filesOf(report: Report): Promise<Map<string, string>> {
  const book = new Book();
  for (const n of [1, 2, 3]) grant(book, n, { at: T0 });
  return new Map(proofFiles(await made(report, book, asked)));
}

function verify(files: ReadonlyMap<string, string>) {
  const file = (path: string): Buffer | null => {
    const text = files.get(path);
    return text === undefined ? null : Buffer.from(text);
  };
  const names = (folder: string): readonly string[] =>
    [...files.keys()]
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1));
  const [checkpoint, manifest] = [file('checkpoint'), file('evidence.json')];
  if (checkpoint === null || manifest === null) throw new Error('files are missing');
  const keys = [parseVkey(VKEY)];
  return verifyBundle({ keys, checkpoint, manifest, disclosures: null, file, names }, quiet);
}

describe('the folder of proofs', () => {
  it('is taken by the verifier, which names no request', async () => {
    const files = await filesOf(grants);
    expect([...files.keys()].toSorted()).toEqual([
      'checkpoint',
      'events/10.json',
      'events/16.json',
      'events/4.json',
      'evidence.json',
      'log.vkey',
      'proofs/10.tlog-proof',
      'proofs/16.tlog-proof',
      'proofs/4.tlog-proof',
    ]);
    expect(verify(files)).toMatchObject({ ok: true, request: null, events: 3, absent: 0 });
  });

  it.each<[string, (files: Map<string, string>) => void, string]>([
    [
      'an event that was changed',
      (files) => change(files, 'events/4.json', /"generation":1/, '"generation":2'),
      'proof_refused',
    ],
    [
      'the proof of another event',
      (files) => void files.set('proofs/4.tlog-proof', files.get('proofs/10.tlog-proof') ?? ''),
      'proof_refused',
    ],
    ['an event that is not there', (files) => void files.delete('events/4.json'), 'bundle_missing'],
    [
      'a checkpoint that was changed',
      (files) => change(files, 'checkpoint', /\n18\n/, '\n19\n'),
      'checkpoint_forged',
    ],
    [
      'single events that say they are all of a request',
      (files) => change(files, 'evidence.json', /"request": null/, '"request": "req_000000000001"'),
      'bundle_malformed',
    ],
    [
      'single events that say they are evidence',
      (files) => change(files, 'evidence.json', /countersign-proofs/, 'countersign-evidence'),
      'bundle_malformed',
    ],
  ])('is refused with %s', async (_, spoil, code) => {
    const files = await filesOf(grants);
    spoil(files);
    expect(verify(files)).toMatchObject({ ok: false, finding: { code } });
  });

  it('lists its events in the order of the log, whatever the order of the rows', async () => {
    const book = new Book();
    grant(book, 1, { at: T0, requester: CLEO });
    grant(book, 2, { at: T0 + HOUR });
    const report = await made(eligibility, book, asked);
    expect(report.proofs.map(({ index }) => index)).toEqual([11, 5]);
    expect(verify(proofFiles(report))).toMatchObject({ ok: true, events: 2 });
  });

  it('is not made where no row stands on an event', async () => {
    expect([...(await filesOf(drift))]).toEqual([]);
  });
});

function change(files: Map<string, string>, path: string, from: RegExp, to: string): void {
  const before = files.get(path) ?? '';
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  files.set(path, after);
}
