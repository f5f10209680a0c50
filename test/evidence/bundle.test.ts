import { createHash } from 'node:crypto';
import { unzipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../src/evidence/bundle.ts';
import { EvidenceError } from '../../src/evidence/source.ts';
import { zipOf } from '../../src/evidence/zip.ts';
import { bytesOf, FULL, manifestIn, text, verdictOn, verify } from './files.ts';
import { AUDITOR, ID, LIVES, life } from './lives.ts';

describe('the bundle of any life', () => {
  it.each(Object.keys(LIVES))('%s: every event is there and is proven to be in the log', async (name) => {
    const lived = life(name);
    const bundle = await lived.bundle();
    verify(bundle);
    const { events } = manifestIn(bundle);
    const own = lived.log.events.filter(({ meta }) => meta.stream === `request/${ID}`);
    expect(events.map(({ index }) => index)).toEqual(
      expect.arrayContaining(own.map(({ meta }) => meta.index)),
    );
    const folders = [...bundle.keys()].filter(
      (path) => path.startsWith('events/') || path.startsWith('proofs/'),
    );
    expect(folders.toSorted()).toEqual(events.flatMap(({ file, proof }) => [file, proof]).toSorted());
  });

  it.each(Object.keys(LIVES))(
    '%s: the standalone verifier is content with it, in every role',
    async (name) => {
      for (const role of ['auditor', 'owner', 'approver'] as const)
        expect(verdictOn(await life(name).bundle(role))).toBe('ok');
    },
  );

  it('is the same for the same source, whatever was asked in between', async () => {
    const source = await life(FULL).source();
    expect(zipOf(evidenceOf(source), 'x')).toEqual(zipOf(evidenceOf(source), 'x'));
  });

  it('says what it is, for whom, and of which log', async () => {
    const lived = life(FULL);
    expect(manifestIn(await lived.bundle('owner'))).toMatchObject({
      format: 'countersign-evidence/1',
      request: ID,
      generated: { at: lived.now, by: AUDITOR, as: 'owner', software: 'countersign 0.0.0' },
      checkpoint: lived.log.headNow(),
    });
  });

  it('holds those who take part, the rules that decided, and nothing of others', async () => {
    const lived = life(FULL);
    const { events, people, rules } = manifestIn(await lived.bundle());
    expect(people.map(({ name }) => name)).toEqual(['clear', 'clear', 'clear', 'clear']);
    const introduced = people.map((each) => each.introduced).toSorted((a, b) => (a ?? 0) - (b ?? 0));
    expect(events.filter(({ type }) => type === 'PersonIntroduced').map(({ index }) => index)).toEqual(
      introduced,
    );
    expect(rules.map(({ loaded }) => loaded)).toEqual([0, 0, 0, 0]);
    expect(events.map(({ type }) => type)).not.toContain('DriftFound');
  });
});

describe('an edit anywhere', () => {
  it('of an event, a proof, the checkpoint or a text is found', async () => {
    const bundle = await life(FULL).bundle();
    const paths = [...bundle.keys()].filter((path) =>
      /^(events|proofs)\/|^checkpoint$|^disclosures/.test(path),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (path, where, flip) => {
          const bytes = Uint8Array.from(bytesOf(bundle, path));
          const at = where % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ flip;
          expect(verdictOn(new Map([...bundle, [path, bytes]]))).not.toBe('ok');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of which events there are is found: one left out, one too many, one told as another', async () => {
    const bundle = await life(FULL).bundle();
    const [index = -1] = life(FULL).of('ApprovalRecorded');
    const without = new Map([...bundle].filter(([path]) => path !== `events/${index}.json`));
    expect(verdictOn(without)).toBe('bundle_missing');
    expect(verdictOn(new Map([...bundle, ['events/9999.json', Buffer.from('{}')]]))).toBe('bundle_unlisted');
    const told = text(bundle, 'evidence.json').replace('"ApprovalRecorded"', '"RequestDenied"');
    expect(verdictOn(new Map([...bundle, ['evidence.json', Buffer.from(told)]]))).toBe('bundle_malformed');
  });

  it('of a disclosed text, or one moved to another event, is found', async () => {
    const bundle = await life(FULL).bundle();
    const lines = text(bundle, 'disclosures.ndjson').trimEnd().split('\n');
    const [first = ''] = lines;
    const edited = first.replace(/"disclosure":"./, '"disclosure":"X');
    const moved = first.replace(/"index":\d+/, '"index":6');
    expect(edited).not.toBe(first);
    for (const line of [edited, moved]) {
      const file = Buffer.from([line, ...lines.slice(1)].join('\n'));
      expect(() => verify(new Map([...bundle, ['disclosures.ndjson', file]]))).toThrow();
    }
  });

  it('of the tree itself keeps the bundle from being made', async () => {
    const source = await life(FULL).source();
    const [first, ...rest] = source.entries;
    const other = { ...first!, proof: first!.proof.map((hash) => Buffer.from(hash).fill(0)) };
    const failing = () => evidenceOf({ ...source, entries: [other, ...rest] });
    expect(failing).toThrow(EvidenceError);
    expect(failing).toThrow(
      expect.objectContaining({ code: 'event_not_in_tree', hint: expect.stringContaining('log verify') }),
    );
  });
});

describe('README.txt', () => {
  it('is at most 80 columns wide, and its hash by hand is the one it names', async () => {
    const lived = life(FULL);
    lived.log.taken.push({ ...lived.log.headNow(), at: 0, anchor: 'time-stamp', receipt: 'AAAA' });
    const bundle = await lived.bundle();
    const readme = text(bundle, 'README.txt');
    expect(readme.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const [, path = ''] = /cat (events\/\d+\.json)/.exec(readme) ?? [];
    const [, head = ''] = /leaf hash, ([0-9a-f]{8})/.exec(readme) ?? [];
    const hash = createHash('sha256').update('\0').update(bytesOf(bundle, path)).digest('hex');
    expect(hash.slice(0, 8)).toBe(head);
  });
});

describe('the archive', () => {
  it('opens, and holds the files of the folder under its name', async () => {
    const bundle = await life(FULL).bundle();
    const opened = unzipSync(zipOf(bundle, `evidence-${ID}`));
    expect(Object.keys(opened)).toEqual([...bundle.keys()].map((path) => `evidence-${ID}/${path}`));
    for (const [path, bytes] of bundle)
      expect(Buffer.from(opened[`evidence-${ID}/${path}`] ?? []).equals(bytes)).toBe(true);
  });

  it('is the same in every zone', async () => {
    const bundle = await life(FULL).bundle();
    const before = process.env['TZ'];
    const zips = ['UTC', 'Pacific/Kiritimati', 'America/Los_Angeles'].map((zone) => {
      process.env['TZ'] = zone;
      return Buffer.from(zipOf(bundle, 'x')).toString('hex');
    });
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
    expect(new Set(zips).size).toBe(1);
  });
});
