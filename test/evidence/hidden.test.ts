import { describe, expect, it } from 'vitest';
import { readDisclosure } from '../../src/audit/disclosure.ts';
import type { ReaderRole } from '../../src/domain/visibility.ts';
import { CLEO } from '../domain/facts.ts';
import { FULL, manifestIn, text, verify, whole } from './files.ts';
import { type Life, life, TEXTS } from './lives.ts';
import { signer } from './log.ts';

describe('what a reader does not see', () => {
  const seen: Readonly<Record<ReaderRole, readonly (keyof typeof TEXTS)[]>> = {
    auditor: ['justification', 'comment', 'detail'],
    owner: ['justification', 'detail'],
    approver: ['justification', 'comment'],
  };

  it.each(Object.entries(seen))('%s: only what that role may read is in any file', async (role, fields) => {
    const bundle = await life(FULL).bundle(role as ReaderRole);
    const files = whole(bundle);
    const disclosed = text(bundle, 'disclosures.ndjson')
      .split('\n')
      .filter(Boolean)
      .map((line) => readDisclosure((JSON.parse(line) as { disclosure: string }).disclosure).value)
      .join('\n');
    for (const field of ['justification', 'comment', 'detail'] as const) {
      const canary = `canary-of-${field}`;
      expect([field, files.includes(canary), disclosed.includes(canary)]).toEqual([
        field,
        fields.includes(field),
        fields.includes(field),
      ]);
    }
    for (const secret of ['canary-of-email', 'canary-of-facts'])
      for (const part of [files, disclosed]) expect(part).not.toContain(secret);
    expect(disclosed.includes('canary-of-key')).toBe(role === 'auditor');
    const { texts } = manifestIn(bundle);
    expect(texts.find(({ field }) => field === 'email')?.state).toBe('masked');
    expect(text(bundle, 'index.html')).toContain('What is not shown');
  });

  it('is told with the redaction where it was erased, and the redaction itself is proven', async () => {
    const lived = life(FULL);
    const [index = -1] = lived.of('RequestSubmitted');
    const redactedAt = lived.erase(index, 'justification');
    const bundle = await lived.bundle();
    verify(bundle);
    const { texts, events } = manifestIn(bundle);
    expect(texts).toContainEqual({ index, field: 'justification', state: 'redacted', redactedAt });
    expect(events.map((event) => event.index)).toContain(redactedAt);
    expect(whole(bundle)).not.toContain('canary-of-justification');
    expect(text(bundle, 'index.html')).toContain(
      `erased, on record as <a class="mono" href="events/${redactedAt}.json">`,
    );
  });

  it('names whoever erased it, though they had no part in the request', async () => {
    const lived = life(FULL);
    lived.erase(lived.of('RequestSubmitted')[0] ?? -1, 'justification', true, CLEO);
    const bundle = await lived.bundle();
    expect(text(bundle, 'index.html')).toContain('1 text erased: chosen by hand, by Erin Walsh.');
  });

  it('is told through every redaction of a redaction, and of those who erased', async () => {
    const lived = life(FULL);
    const first = lived.erase(lived.of('RequestSubmitted')[0] ?? -1, 'justification') ?? -1;
    const second = lived.erase(first, 'reason') ?? -1;
    const owner = lived.of('PersonIntroduced').at(-1) ?? -1;
    for (const field of ['name', 'person', 'email']) lived.erase(owner, field);
    const bundle = await lived.bundle();
    verify(bundle);
    const { texts, findings } = manifestIn(bundle);
    expect(texts).toContainEqual({ index: first, field: 'reason', state: 'redacted', redactedAt: second });
    expect(texts.filter(({ state }) => state === 'redacted')).toHaveLength(5);
    expect(findings.find(({ id }) => id === 'texts-accounted-for')?.verdict).toBe('holds');
  });

  it('a person who was forgotten keeps a pseudonym, and no name', async () => {
    const lived = life(FULL);
    const introduced = lived.of('PersonIntroduced')[0] ?? -1;
    for (const field of ['name', 'person', 'email']) lived.erase(introduced, field);
    const bundle = await lived.bundle();
    expect(whole(bundle)).not.toContain('Ana Novak');
    expect(manifestIn(bundle).people[0]).toMatchObject({ introduced, name: 'redacted' });
    expect(text(bundle, 'index.html')).toContain('person 00000000 had Read on Orders');
  });

  it('a text that went without a word is told as just that', async () => {
    const lived = life(FULL);
    const [index = -1] = lived.of('RequestSubmitted');
    lived.erase(index, 'justification', false);
    const bundle = await lived.bundle();
    expect(manifestIn(bundle).texts).toContainEqual({
      index,
      field: 'justification',
      state: 'redacted',
      redactedAt: null,
    });
    expect(text(bundle, 'index.html')).toContain('missing, and no event tells why');
    expect(text(bundle, 'README.txt')).toContain('1 do NOT hold');
  });
});

describe('heads kept elsewhere', () => {
  const anchoredLife = (more: (lived: Life) => void = () => {}): Life => {
    const lived = life(FULL);
    const head = { ...lived.log.headNow(), at: lived.now };
    lived.log.taken.push(
      { ...head, anchor: 'folder', receipt: '0000000000000031-aa.checkpoint' },
      { ...head, anchor: 'time-stamp', receipt: Buffer.from('token').toString('base64') },
      { ...head, anchor: 'witness:w.test/one', receipt: '\u2014 w.test/one AAAA\n' },
    );
    more(lived);
    lived.sweepFinds('other');
    return lived;
  };

  it('are there with their receipts, in the form that their own tools read', async () => {
    const lived = anchoredLife();
    const bundle = await lived.bundle();
    const { anchors, findings } = manifestIn(bundle);
    expect(anchors.map(({ anchor }) => anchor)).toEqual(['folder', 'time-stamp', 'witness:w.test/one']);
    const [folder, stamp, witness] = anchors;
    const note = signer.sign(lived.log.taken[0]!);
    expect(text(bundle, folder?.checkpoint ?? '')).toBe(note);
    expect(text(bundle, stamp?.receipt ?? '')).toBe('token');
    expect(text(bundle, witness?.checkpoint ?? '')).toBe(`${note}\u2014 w.test/one AAAA\n`);
    expect(findings.find(({ id }) => id === 'kept-elsewhere')?.verdict).toBe('holds');
    expect(text(bundle, 'README.txt')).toContain(`-in ${stamp?.receipt}`);
  });

  it('of another tree are told to be so, and nothing is signed for them', async () => {
    const bundle = await anchoredLife((lived) => {
      lived.log.taken[1] = { ...lived.log.taken[1]!, root: 'e'.repeat(64) };
      lived.log.taken[2] = { ...lived.log.taken[2]!, size: 10_000 };
    }).bundle();
    const { anchors, findings } = manifestIn(bundle);
    expect(anchors.map(({ checkpoint }) => checkpoint === null)).toEqual([false, true, true]);
    expect(findings.find(({ id }) => id === 'kept-elsewhere')).toMatchObject({
      verdict: 'does-not-hold',
      why: 'heads of another tree were taken by time-stamp, witness:w.test/one',
    });
  });

  it('from before the request ended prove nothing of it, and are left out', async () => {
    const lived = life(FULL);
    lived.log.taken.push({ size: 3, root: 'e'.repeat(64), at: 0, anchor: 'folder', receipt: 'x' });
    expect(manifestIn(await lived.bundle()).anchors).toEqual([]);
  });

  it('whose names are paths stay in the folder', async () => {
    const lived = anchoredLife((each) => {
      each.log.taken[0] = { ...each.log.taken[0]!, anchor: '../../etc/x' };
    });
    const paths = [...(await lived.bundle()).keys()].filter((path) => path.startsWith('anchors/'));
    expect(paths).toContain('anchors/1-..-..-etc-x/checkpoint');
    expect(paths.some((path) => path.includes('/../'))).toBe(false);
  });
});
