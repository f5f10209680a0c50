import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../src/audit/canonical.ts';
import { disclose, disclosureDigest } from '../../src/audit/disclosure.ts';
import { leafHash } from '../../src/audit/leaf.ts';
import { textLine } from '../../src/audit/verify-texts.ts';
import {
  checkpointOf,
  type Files,
  filesOf,
  found,
  idOf,
  linesOf,
  logOf,
  ORIGIN,
  rootOf,
  saltOf,
  signer,
  stranger,
  type Text,
  verdictOf,
} from './exported.ts';

const log = logOf([
  { stream: 'request/1', texts: { justification: 'the disk is full', ticket: 'OPS-1' } },
  { stream: 'person/1', texts: { name: 'Ana' } },
  { stream: 'request/1', texts: { comment: 'go on' } },
  { stream: 'request/2', texts: { justification: 'look at it' } },
  { stream: 'log', redacts: [[0, 'justification']] },
  { stream: 'request/1' },
  { stream: 'request/2' },
]);
const { leaves } = log;
const whole = filesOf(log);
const findingIn = (files: Files) => {
  const verdict = verdictOf(files);
  if (verdict.ok) throw new Error('nothing was found');
  return verdict.finding;
};

describe('an exported log', () => {
  it('that is whole is ok, and says what was signed and what became of its texts', () => {
    expect(verdictOf(whole)).toEqual({
      ok: true,
      origin: ORIGIN,
      size: 7,
      root: rootOf(leaves).toString('hex'),
      signedBy: [`${ORIGIN}+${signer.vkey.split('+')[1]}`],
      streams: 4,
      disclosed: 4,
      redacted: 1,
      withheld: 0,
    });
  });

  it.each([1, 7, 64, 1_000_000])('is read the same in pieces of %i bytes', (piece) => {
    expect(found(whole, piece)).toBe('ok');
  });

  it('of no events is ok', () => {
    expect(found(filesOf({ leaves: [], texts: [] }))).toBe('ok');
  });

  it('is ok without leaf hashes, or with false ones, which only tell where', () => {
    expect(found({ ...whole, leafHashes: null })).toBe('ok');
    expect(found({ ...whole, leafHashes: Buffer.alloc(7 * 32) })).toBe('ok');
    expect(found({ ...whole, leafHashes: Buffer.alloc(5) })).toBe('ok');
  });
  it('without a file of texts is ok, and misses none', () => {
    expect(verdictOf({ ...whole, disclosures: null })).toMatchObject({ ok: true, withheld: 4, redacted: 1 });
  });

  it('may give some texts and keep others back, which it counts', () => {
    const masked = log.texts.map((t) => textLine(t.field === 'name' ? { ...t, disclosure: null } : t));
    const verdict = verdictOf({ ...whole, disclosures: Buffer.from(masked.join('')) });
    expect(verdict).toMatchObject({ ok: true, disclosed: 3, withheld: 1, redacted: 1 });
  });
});

/** The events file with other lines, in place of `count` from `at` on. */
const spliced = (at: number, count: number, ...more: Buffer[]): Files => ({
  ...whole,
  events: linesOf(leaves.toSpliced(at, count, ...more)),
});
const leaf = (index: number): Buffer => leaves[index] as Buffer;
const edited = Buffer.from(leaf(3).toString().replace('request/2', 'request/3'));
const foreign = logOf([{ stream: 'request/9', id: idOf(99) }]).leaves[0] as Buffer;

const provenByRoot = ['added behind', 'a last line without newline'];

describe('events that are not those that were signed', () => {
  it.each<[string, Files, string, string]>([
    [
      'edited',
      spliced(3, 1, edited),
      'event_changed at 3',
      'line 4 of the events is not the event that was signed',
    ],
    [
      'taken out',
      spliced(2, 1),
      'event_moved at 2',
      'line 3 of the events holds event 3, where event 2 belongs',
    ],
    ['swapped', spliced(2, 2, leaf(3), leaf(2)), 'event_moved at 2', 'line 3 of the events holds event 3'],
    ['doubled', spliced(4, 0, leaf(3)), 'event_repeated at 4', 'line 5 of the events holds event 3 again'],
    [
      'put in',
      spliced(5, 0, foreign),
      'event_foreign at 5',
      'line 6 of the events was put in before event 5',
    ],
    ['replaced', spliced(5, 1, foreign), 'event_changed at 5', 'line 6 of the events is not'],
    ['cut off', spliced(5, 2), 'events_missing at 5', 'there are 5 events, and 7 were signed'],
    ['all gone', spliced(0, 7), 'events_missing at 0', 'there are 0 events, and 7 were signed'],
    ['added behind', spliced(7, 0, foreign), 'events_beyond at 7', 'more follows after the 7 events'],
    [
      'an empty line',
      spliced(4, 0, Buffer.alloc(0)),
      'event_foreign at 4',
      'line 5 of the events was put in',
    ],
    [
      'a byte order mark',
      spliced(0, 1, Buffer.concat([Buffer.from('\ufeff'), leaf(0)])),
      'event_changed at 0',
      '',
    ],
    [
      'junk',
      { ...whole, events: Buffer.alloc(3_000, 0xff) },
      'line_unfinished at 0',
      'line 1 of the events has no newline',
    ],
    [
      'without newlines',
      { ...whole, events: Buffer.alloc(200_000, 'x') },
      'line_too_long at 0',
      'is longer than 65535 bytes',
    ],
    [
      'a last line without newline',
      { ...whole, events: whole.events.subarray(0, -1) },
      'line_unfinished at 6',
      '',
    ],
    ['half a last line', { ...whole, events: whole.events.subarray(0, -9) }, 'line_unfinished at 6', ''],
    [
      'CRLF',
      { ...whole, events: Buffer.from(whole.events.toString().replaceAll('\n', '\r\n')) },
      'line_ending at 0',
      'line 1 of the events ends in a carriage return',
    ],
  ])('%s', (name, files, expected, what) => {
    expect(found(files)).toBe(expected);
    expect(findingIn(files).what).toContain(what);
    expect(findingIn(files).means).toMatch(/^[A-Z].{30,}\.$/);
    // Without leaf hashes it is refused as well, at no position but where the root is that of the events.
    const blind = { ...files, leafHashes: null };
    expect(found(blind)).toMatch(provenByRoot.includes(name) ? expected : / at null$/);
  });

  it('without leaf hashes, the first that looks wrong by itself is named as a suspicion', () => {
    const gap = { ...spliced(2, 1), leafHashes: null };
    expect(findingIn(gap).what).toBe(
      'there are 6 events, and 7 were signed; its position cannot be proven, the first that looks wrong is event 2: the text "comment" of event 2 belongs to no digest of that event',
    );
    expect(findingIn({ ...gap, disclosures: null }).what).toContain(
      'the first that looks wrong is event 4: event 4 is number 3 of its stream, expected 2',
    );
    const other = Buffer.from(leaf(5).toString().replace('"at":1', '"at":2'));
    expect(findingIn({ ...spliced(5, 1, other), leafHashes: null }).what).toBe(
      'the events do not give the root that was signed; its position cannot be proven, no event looks wrong by itself',
    );
  });

  it('are found in the same place when the leaf hashes were made to fit them: then they do not give the root', () => {
    const leafHashes = Buffer.concat(leaves.toSpliced(3, 1, edited).map(leafHash));
    expect(found({ ...spliced(3, 1, edited), leafHashes })).toBe('root_differs at null');
  });
});

/** Signed as it is: what a program that is broken, or lies, could sign. */
const signed = (changed: readonly Buffer[]): Files => filesOf({ leaves: changed, texts: log.texts });
const rewritten = (index: number, change: (leaf: Record<string, unknown>) => object): Files =>
  signed(leaves.with(index, canonicalBytes(change(JSON.parse(leaf(index).toString())))));

describe('events that break a rule, though they were signed', () => {
  it.each<[string, Files, string]>([
    ['no JSON', signed(leaves.with(5, Buffer.from('{"at":'))), 'event_malformed at 5'],
    ['empty', signed(leaves.with(5, Buffer.alloc(0))), 'event_malformed at 5'],
    [
      'no UTF-8',
      signed(
        leaves.with(5, Buffer.from(leaf(5).toString().replace('log.', 'ü'), 'latin1').fill(0xff, 9, 10)),
      ),
      'event_malformed at 5',
    ],
    [
      'with spaces',
      signed(leaves.with(5, Buffer.from(leaf(5).toString().replace('"sd":', '"sd": ')))),
      'event_malformed at 5',
    ],
    ['with another member', rewritten(5, (l) => ({ ...l, also: 1 })), 'event_malformed at 5'],
    [
      'without one',
      rewritten(5, (l) => Object.fromEntries(Object.entries(l).slice(1))),
      'event_malformed at 5',
    ],
    ['with an id twice', rewritten(5, (l) => ({ ...l, id: idOf(1) })), 'id_repeated at 5'],
    ['a version left out', rewritten(5, (l) => ({ ...l, version: 4 })), 'version_gap at 5'],
    ['a version again', rewritten(5, (l) => ({ ...l, version: 2 })), 'version_gap at 5'],
    [
      'a stream that begins at 2',
      rewritten(3, (l) => ({ ...l, stream: 'request/3', version: 2 })),
      'version_gap at 3',
    ],
  ])('%s', (_, files, expected) => {
    expect(found(files)).toBe(expected);
    expect(found({ ...files, leafHashes: null })).toBe(expected);
    expect(findingIn(files).means).toContain('It was signed like this');
  });
});

describe('a checkpoint', () => {
  const other = logOf([{ stream: 'log' }]).leaves;
  it.each<[string, Partial<Files>, string, string]>([
    ['of other events', { checkpoint: checkpointOf(other) }, 'events_beyond at 1', ''],
    [
      'by another key',
      { checkpoint: checkpointOf(leaves, stranger) },
      'checkpoint_unsigned at null',
      'not signed by a known key',
    ],
    [
      'of another origin',
      { checkpoint: checkpointOf(leaves, signer, 'other.test/log') },
      'checkpoint_unsigned at null',
      'not signed by a key of the log that it names',
    ],
    ['held against another key', { keys: [stranger.vkey] }, 'checkpoint_unsigned at null', ''],
    [
      'changed after it was signed',
      { checkpoint: Buffer.from(whole.checkpoint.toString().replace('\n7\n', '\n6\n')) },
      'checkpoint_forged at null',
      'does not verify',
    ],
    ['that is empty', { checkpoint: Buffer.alloc(0) }, 'checkpoint_malformed at null', 'blank line'],
    ['that is junk', { checkpoint: Buffer.alloc(500, 0xfe) }, 'checkpoint_malformed at null', 'UTF-8'],
  ])('%s', (_, more, expected, what) => {
    const files = { ...whole, ...more };
    if (expected === 'events_beyond at 1') expect(found(files)).toMatch(/ at null$/);
    else expect(found(files)).toBe(expected);
    expect(findingIn(files).what).toContain(what);
  });

  it('signed by two keys is opened by either', () => {
    const both = Buffer.concat([
      whole.checkpoint,
      checkpointOf(leaves, stranger).subarray(whole.checkpoint.lastIndexOf('\u2014')),
    ]);
    expect(found({ ...whole, checkpoint: both, keys: [stranger.vkey] })).toBe('ok');
    expect(verdictOf({ ...whole, checkpoint: both, keys: [signer.vkey, stranger.vkey] })).toMatchObject({
      signedBy: [expect.stringContaining(ORIGIN), expect.stringContaining(ORIGIN)],
    });
  });
});

/** The texts file with other lines. */
const texts = (change: (lines: readonly Text[]) => readonly Text[]): Files => ({
  ...whole,
  disclosures: Buffer.from(change(log.texts).map(textLine).join('')),
});
const textAt = (index: number, field: string): Text => {
  const found = log.texts.find((text) => text.index === index && text.field === field);
  if (found === undefined) throw new Error('no such text');
  return found;
};
const name = textAt(1, 'name');
const comment = textAt(2, 'comment');
const byPlace = (a: Text, b: Text): number => a.index - b.index;
/** Each letter replaced by one that has the same low byte. */
const widened = (text: string): string =>
  text.replace(/[A-Z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0x100));
const gone = {
  index: 0,
  field: 'justification',
  disclosure: disclose(saltOf(0, 'justification'), 'justification', 'the disk is full'),
};

describe('texts beside the events', () => {
  it.each<[string, Files, string, string]>([
    [
      'edited',
      texts((all) =>
        all.map((t) => (t === name ? { ...t, disclosure: disclose(saltOf(1, 'name'), 'name', 'Eve') } : t)),
      ),
      'disclosure_foreign at 1',
      'the text "name" of event 1 does not give the digest in that event',
    ],
    [
      'stolen from another event',
      texts((all) => all.map((t) => (t === comment ? { ...t, disclosure: name.disclosure } : t))),
      'disclosure_foreign at 2',
      'does not give the digest',
    ],
    [
      'moved to another event',
      texts((all) => all.map((t) => (t === comment ? { ...t, index: 5 } : t)).toSorted(byPlace)),
      'disclosure_foreign at 5',
      'the text "comment" of event 5 belongs to no digest of that event',
    ],
    [
      'under the name of another field',
      texts((all) => all.map((t) => (t === comment ? { ...t, field: 'name' } : t))),
      'disclosure_foreign at 2',
      'belongs to no digest',
    ],
    [
      'with letters that count as others when cut to ASCII',
      texts((all) => all.map((t) => (t === name ? { ...t, disclosure: widened(t.disclosure) } : t))),
      'disclosure_foreign at 1',
      'does not give the digest',
    ],
    [
      'taken out',
      texts((all) => all.filter((t) => t !== comment)),
      'disclosure_missing at 2',
      'the text "comment" of event 2 is not there',
    ],
    [
      'all taken out',
      texts(() => []),
      'disclosure_missing at 0',
      'the text "ticket" of event 0 is not there',
    ],
    [
      'still there after their redaction',
      texts((all) => [gone, ...all]),
      'disclosure_kept at 0',
      'event 4 redacted the text "justification" of event 0',
    ],
    [
      'of no event',
      texts((all) => [...all, { ...name, index: 7 }]),
      'disclosure_foreign at 7',
      'belongs to no event that is here',
    ],
    [
      'in another order',
      texts((all) => all.toReversed()),
      'disclosure_malformed at 2',
      'line 2 of the disclosed texts does not come after',
    ],
    [
      'twice',
      texts((all) => [...all, ...all.slice(-1)]),
      'disclosure_malformed at 3',
      'line 5 of the disclosed texts does not come after',
    ],
    [
      'in a file that is junk',
      { ...whole, disclosures: Buffer.alloc(900, 0xfd) },
      'disclosure_malformed at null',
      'line 1',
    ],
    [
      'in a file without newlines',
      { ...whole, disclosures: Buffer.alloc(300_000, 'x') },
      'disclosure_malformed at null',
      'line 1',
    ],
    [
      'in a file that was cut off',
      { ...whole, disclosures: whole.disclosures?.subarray(0, -5) ?? null },
      'disclosure_malformed at null',
      'line 4',
    ],
    [
      'written another way',
      { ...whole, disclosures: Buffer.from(whole.disclosures?.toString().replace('{', '{ ') ?? '') },
      'disclosure_malformed at null',
      'line 1 of the disclosed texts is no text beside an event',
    ],
  ])('%s are refused', (_, files, expected, what) => {
    expect(found(files)).toBe(expected);
    expect(found({ ...files, leafHashes: null })).toBe(expected);
    expect(findingIn(files).what).toContain(what);
  });

  it('that name another field inside than the event does are refused', () => {
    const disclosure = disclose(saltOf(1, 'name'), 'email', 'ana@log.test');
    const files = rewritten(1, (leaf) => ({ ...leaf, sd: { name: disclosureDigest(disclosure) } }));
    const lines = log.texts.map((text) => textLine(text === name ? { ...text, disclosure } : text)).join('');
    expect(found({ ...files, disclosures: Buffer.from(lines) })).toBe('disclosure_foreign at 1');
  });

  const redacting = (target: object): Files => {
    const event = {
      id: idOf(7),
      type: 'DisclosuresRedacted',
      v: 1,
      at: 1,
      stream: 'log',
      version: 2,
      sd: {},
    };
    return filesOf({
      ...log,
      leaves: [...leaves, canonicalBytes({ ...event, data: { targets: [target] } })],
    });
  };
  const ofName = { index: 1, field: 'name', digest: disclosureDigest(name.disclosure) };

  it.each<[string, object]>([
    ['another event', { ...ofName, index: 2 }],
    ['another field', { ...ofName, field: 'email' }],
    ['another digest', { ...ofName, digest: disclosureDigest(comment.disclosure) }],
    ['a later event', { ...ofName, index: 8 }],
    ['its own text', { ...ofName, index: 7 }],
    ['nothing that is a place', { index: '1' }],
  ])('a redaction of %s covers nothing and is refused', (_, target) => {
    const files = redacting(target);
    expect(found(files)).toBe('redaction_foreign at 7');
    expect(found({ ...files, disclosures: null })).toBe('redaction_foreign at 7');
  });

  it('a redaction covers a text wherever it stood, and once more does no harm', () => {
    const left = log.texts.filter((text) => text !== name);
    const files = { ...redacting(ofName), disclosures: Buffer.from(left.map(textLine).join('')) };
    expect(verdictOf(files)).toMatchObject({ ok: true, disclosed: 3, redacted: 2 });
    const twice = logOf([
      { stream: 'a', texts: { x: '1' } },
      { stream: 'log', redacts: [[0, 'x']] },
      { stream: 'log', redacts: [[0, 'x']] },
    ]);
    expect(verdictOf(filesOf(twice))).toMatchObject({ ok: true, disclosed: 0, redacted: 1 });
  });
});

describe('an older checkpoint', () => {
  const since = (checkpoint: Buffer): string => found({ ...whole, since: checkpoint });

  it.each([0, 1, 4, 7])('of the first %i events is what the log begins with', (size) => {
    expect(since(checkpointOf(leaves.slice(0, size)))).toBe('ok');
    expect(found({ ...whole, leafHashes: null, since: checkpointOf(leaves.slice(0, size)) })).toBe('ok');
  });

  it.each<[string, Buffer, string]>([
    ['of other events', checkpointOf(leaves.slice(1, 4)), 'older_differs at null'],
    ['of as many other events', checkpointOf(leaves.toReversed()), 'older_differs at null'],
    ['of more events', checkpointOf([...leaves, foreign]), 'older_larger at null'],
    ['of an unknown key', checkpointOf(leaves.slice(0, 4), stranger), 'older_unreadable at null'],
    [
      'of another log',
      checkpointOf(leaves.slice(0, 4), signer, 'other.test/log'),
      'older_unreadable at null',
    ],
    ['that is junk', Buffer.from('checkpoint'), 'older_unreadable at null'],
  ])('%s is refused', (_, checkpoint, expected) => {
    expect(since(checkpoint)).toBe(expected);
    expect(found({ ...whole, leafHashes: null, since: checkpoint })).toBe(expected);
  });
});
