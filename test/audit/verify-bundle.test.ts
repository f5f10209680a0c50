import { describe, expect, it } from 'vitest';
import { disclose } from '../../src/audit/disclosure.ts';
import { parseVkey, signerFromSeed } from '../../src/audit/note.ts';
import { verifyBundle } from '../../src/audit/verify-bundle.ts';
import { textLine } from '../../src/audit/verify-texts.ts';
import type { Bundle } from '../../src/evidence/bundle.ts';
import { ID, LIVES, type Life, life } from '../evidence/lives.ts';

type Files = ReadonlyMap<string, Uint8Array>;

function verdictOf(files: Files, vkeys = textIn(files, 'log.vkey').trim().split('\n')) {
  const bytes = (path: string): Uint8Array => files.get(path) ?? Buffer.alloc(0);
  const disclosures = files.get('disclosures.ndjson');
  return verifyBundle(
    {
      keys: vkeys.map(parseVkey),
      checkpoint: bytes('checkpoint'),
      manifest: bytes('evidence.json'),
      disclosures: disclosures === undefined ? null : () => [disclosures],
      file: (path) => files.get(path) ?? null,
      names: (path) =>
        [...files.keys()]
          .filter((name) => name.startsWith(`${path}/`))
          .map((name) => name.slice(path.length + 1)),
    },
    { tell: () => {}, progress: () => {} },
  );
}

const textIn = (files: Files, path: string): string => Buffer.from(files.get(path) ?? '').toString();

function found(files: Files, vkeys?: string[]): string {
  const verdict = verdictOf(files, vkeys);
  return verdict.ok ? 'ok' : `${verdict.finding.code} at ${verdict.finding.index}: ${verdict.finding.what}`;
}

const made: Life = life('a full life');
const whole: Bundle = await made.bundle();
const own = made.of('ApprovalRecorded');
const [submitted = 0] = made.of('RequestSubmitted');
const [second = 0] = own.slice(1);

/** The bundle with other files; null takes one out. */
const changed = (files: Readonly<Record<string, string | Uint8Array | null>>): Files => {
  const all = new Map<string, Uint8Array>(whole);
  for (const [path, body] of Object.entries(files))
    if (body === null) all.delete(path);
    else all.set(path, Buffer.from(body));
  return all;
};
const manifest = (change: (manifest: Manifest) => unknown): Files =>
  changed({
    'evidence.json': JSON.stringify(change(JSON.parse(textIn(whole, 'evidence.json')) as Manifest)),
  });
interface Manifest {
  readonly format: string;
  readonly request: string;
  readonly events: readonly { readonly index: number; readonly type: string }[];
}

describe('an evidence bundle', () => {
  it.each(Object.keys(LIVES))('of %s is ok as it was made, for every reader', async (name) => {
    for (const role of ['auditor', 'owner', 'approver'] as const)
      expect(verdictOf(await life(name).bundle(role))).toMatchObject({ ok: true, request: ID });
  });

  it('says how many events and texts it brings', () => {
    const { events } = JSON.parse(textIn(whole, 'evidence.json')) as Manifest;
    const lines = textIn(whole, 'disclosures.ndjson').trim().split('\n').length;
    expect(verdictOf(whole)).toMatchObject({ events: events.length, disclosed: lines });
    expect(verdictOf(changed({ 'disclosures.ndjson': null }))).toMatchObject({ ok: true, disclosed: 0 });
  });
});

const event = `events/${second}.json`;
const proof = `proofs/${second}.tlog-proof`;
const other = Buffer.from(whole.get(`events/${submitted}.json`) ?? '');
const texts = textIn(whole, 'disclosures.ndjson').trim().split('\n');
const stranger = signerFromSeed('stranger.test/log', Buffer.alloc(32, 9)).vkey;

describe('a bundle is refused, with the event and the reason', () => {
  it.each<[string, Files, string]>([
    [
      'edited',
      changed({ [event]: textIn(whole, event).replace('"at":1', '"at":2') }),
      `proof_refused at ${second}`,
    ],
    ['another', changed({ [event]: other }), `proof_refused at ${second}`],
    ['a byte longer', changed({ [event]: `${textIn(whole, event)}\n` }), `proof_refused at ${second}`],
    [
      'gone',
      changed({ [event]: null }),
      `bundle_missing at ${second}: event ${second} is listed, and ${event} is not there`,
    ],
  ])('when an event is %s', (_, files, expected) => {
    expect(found(files)).toContain(expected);
  });

  it.each<[string, Files, string]>([
    [
      'gone',
      changed({ [proof]: null }),
      `bundle_missing at ${second}: event ${second} is listed, and ${proof} is not there`,
    ],
    [
      'of another event',
      changed({ [proof]: textIn(whole, `proofs/${submitted}.tlog-proof`) }),
      `proof_refused at ${second}`,
    ],
    [
      'a hash short',
      changed({ [proof]: textIn(whole, proof).replace(/\n[^\n]{43}=\n\n/, '\n\n') }),
      'too few to reach the root',
    ],
    ['junk', changed({ [proof]: Buffer.alloc(99, 0xff) }), `proof_refused at ${second}`],
    ['empty', changed({ [proof]: '' }), `proof_refused at ${second}`],
  ])('when a proof is %s', (_, files, expected) => {
    expect(found(files)).toContain(expected);
  });

  it('when another event stands in the place of one, with a proof that is true of it', () => {
    const all = new Map(
      manifest((m) => {
        const [told] = m.events.filter(({ index }) => index === submitted);
        return { ...m, events: m.events.map((e) => (e.index === second ? { ...told, index: second } : e)) };
      }),
    );
    all.set(event, other);
    all.set(proof, Buffer.from(textIn(whole, `proofs/${submitted}.tlog-proof`)));
    expect(found(all)).toContain(`the proof of event ${second} is of event ${submitted}`);
  });

  it('when a proof leads to another head than the checkpoint', async () => {
    const later = life('a full life');
    later.sweepFinds('jit_x');
    const grown = await later.bundle();
    const files = changed({ [proof]: textIn(grown, proof) });
    expect(found(files)).toContain(`the proof of event ${second} leads to another head`);
  });

  it.each<[string, Files, string]>([
    ['is of another key', whole, 'checkpoint_unsigned at null'],
    [
      'was edited',
      changed({ checkpoint: textIn(whole, 'checkpoint').replace(/\n\d+\n/, '\n99999\n') }),
      'checkpoint_forged',
    ],
    ['is empty', changed({ checkpoint: '' }), 'checkpoint_malformed'],
  ])('when the checkpoint %s', (why, files, expected) => {
    expect(found(files, why.includes('key') ? [stranger] : undefined)).toContain(expected);
  });

  it.each<[string, Files, string]>([
    ['is junk', changed({ 'evidence.json': Buffer.alloc(50, 0xff) }), 'bundle_malformed at null'],
    [
      'is of another format',
      manifest((m) => ({ ...m, format: 'x' })),
      'is not of the format countersign-evidence/1',
    ],
    ['has no list', manifest((m) => ({ ...m, events: 'all' })), 'does not say of which request'],
    ['lists what is no event', manifest((m) => ({ ...m, events: [null] })), 'does not say of which request'],
    [
      'names what is no request',
      manifest((m) => ({ ...m, request: 'req_\u001b[2J' })),
      'does not say of which request',
    ],
    [
      'lists an event twice',
      manifest((m) => ({ ...m, events: [...m.events, ...m.events.slice(-1)] })),
      'in log order',
    ],
    [
      'lists less than is there',
      manifest((m) => ({ ...m, events: m.events.slice(0, -1) })),
      'bundle_unlisted at null',
    ],
    [
      'is of another request',
      manifest((m) => ({ ...m, request: 'req_999999999999' })),
      'bundle_missing at null',
    ],
    [
      'says of an event what it does not say',
      manifest((m) => ({
        ...m,
        events: m.events.map((e) => (e.index === second ? { ...e, type: 'RequestDenied' } : e)),
      })),
      `bundle_malformed at ${second}`,
    ],
  ])('when evidence.json %s', (_, files, expected) => {
    expect(found(files)).toContain(expected);
  });

  it('when an event of the request is left out with all that belongs to it', () => {
    const without = new Map(
      manifest((m) => ({ ...m, events: m.events.filter(({ index }) => index !== second) })),
    );
    without.delete(event);
    without.delete(proof);
    expect(found(without)).toContain('bundle_missing at ');
    expect(found(without)).toContain('is left out before event ');
  });

  it('when it lists no event: nothing would be proven, and yet all be well', () => {
    for (const [format, request] of [
      ['countersign-proofs/1', null],
      ['countersign-evidence/1', ID],
    ])
      expect(found(changed({ 'evidence.json': JSON.stringify({ format, request, events: [] }) }))).toContain(
        'bundle_malformed at null: evidence.json lists no event',
      );
  });

  it('when a file lies beside those that it lists', () => {
    expect(found(changed({ 'events/99999.json': '{}' }))).toContain('bundle_unlisted at null');
    expect(found(changed({ 'proofs/notes.txt': '' }))).toContain('bundle_unlisted at null');
  });

  const lines = (all: readonly string[]): Files =>
    changed({ 'disclosures.ndjson': all.map((line) => `${line}\n`).join('') });
  const edited = textLine({
    ...(JSON.parse(texts[0] ?? '') as { index: number; field: string }),
    disclosure: disclose(Buffer.alloc(16), 'justification', 'something else'),
  }).trim();
  it.each<[string, Files, string]>([
    ['was edited', lines(texts.with(0, edited)), 'does not give the digest in that event'],
    [
      'is of an event that is not here',
      lines([...texts, texts[0]?.replace(/\d+/, '99999') ?? '']),
      'belongs to no event that is here',
    ],
    ['comes twice', lines([...texts, texts.at(-1) ?? '']), 'does not come after'],
    ['is no line', lines([...texts, 'x']), 'disclosure_malformed'],
  ])('when a text %s', (_, files, expected) => {
    expect(found(files)).toContain(expected);
  });

  it('when a text is there that was redacted', async () => {
    const erased = life('a full life');
    erased.erase(submitted, 'justification');
    const bundle = new Map(await erased.bundle());
    expect(verdictOf(bundle)).toMatchObject({ ok: true });
    bundle.set('disclosures.ndjson', Buffer.from(textIn(whole, 'disclosures.ndjson')));
    expect(found(bundle)).toContain(`disclosure_kept at ${submitted}`);
  });
});
