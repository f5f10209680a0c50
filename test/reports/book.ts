import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { disclose, disclosureDigest } from '../../src/audit/disclosure.ts';
import { encodeLeaf } from '../../src/audit/event-leaf.ts';
import { leafHash } from '../../src/audit/leaf.ts';
import { signerFromSeed } from '../../src/audit/note.ts';
import type { RequestEvent } from '../../src/domain/events.ts';
import { type JournalEvent } from '../../src/domain/journal.ts';
import type { Subject } from '../../src/domain/values.ts';
import type { ReaderRole } from '../../src/domain/visibility.ts';
import { parseCatalogue } from '../../src/policy/catalogue.ts';
import type { AnyRecordedEvent, LogQuery, Receipt, TreeHead } from '../../src/ports/audit-log.ts';
import type { Catalogue } from '../../src/ports/catalogue.ts';
import type { Disclosed } from '../../src/ports/store.ts';
import { jsonOf } from '../../src/reports/json.ts';
import { type MadeReport, makeReport } from '../../src/reports/made.ts';
import { type Period, readPeriod } from '../../src/reports/period.ts';
import type { Report } from '../../src/reports/report.ts';
import type { ReportSource } from '../../src/reports/source.ts';
import { textsFor } from '../../src/reports/texts.ts';
import { NaiveTree } from '../audit/naive-tree.ts';
import { ANN, ASKER, BEN, CLEO } from '../domain/facts.ts';
import { SMALL } from '../policy/small-catalogue.ts';

const SIGNER = signerFromSeed('reports.test/log', Buffer.alloc(32, 7));
export const VKEY = SIGNER.vkey;

/** Ana asks; Cleo and Dev are database administrators. Whoever is not here has left. */
const KEYS: ReadonlyMap<Subject, string> = new Map([
  [ASKER, 'ana'],
  [CLEO, 'ben'],
  [ANN, 'cleo'],
  [BEN, 'dev'],
]);

interface Kept {
  readonly event: AnyRecordedEvent;
  readonly bytes: Buffer;
}

/** A log in memory: events stand in it as leaves, as a store would have them. */
export class Book {
  readonly #kept: Kept[] = [];
  readonly #texts = new Map<string, Disclosed[]>();
  readonly receipts: Receipt[] = [];

  add(stream: string, at: number, ...events: readonly (RequestEvent | JournalEvent)[]): AnyRecordedEvent {
    for (const event of events) this.#append(stream, at, event);
    return this.#at(this.#kept.length - 1).event;
  }

  #append(stream: string, at: number, { type, data, personal = {} }: RequestEvent | JournalEvent): void {
    const index = this.#kept.length;
    const version = this.#in(stream).length + 1;
    const id = `e${index}`;
    const salted = Object.entries(personal).map(
      ([field, value]) => [field, disclosureDigest(disclose(Buffer.alloc(16, index), field, value))] as const,
    );
    const sd = Object.fromEntries(salted);
    const bytes = encodeLeaf({ id, type, v: 1, at, stream, version, data, sd });
    const meta = { id, index, stream, version, at, leaf: leafHash(bytes).toString('hex'), sd };
    this.#kept.push({ event: { type, data, meta } as AnyRecordedEvent, bytes });
    const texts = Object.entries(personal).map(([field, value]) => ({ index, field, value }));
    this.#texts.set(stream, [...(this.#texts.get(stream) ?? []), ...texts]);
  }

  /** Takes a text away, as a redaction does, or as someone who forges. */
  forget(stream: string, field: string): void {
    this.#texts.set(
      stream,
      (this.#texts.get(stream) ?? []).filter((text) => text.field !== field),
    );
  }

  /** An anchor takes the head as it is now. */
  anchored(anchor: string, at: number, head: TreeHead = this.head()): void {
    this.receipts.unshift({ anchor, at, receipt: 'r', ...head });
  }

  head(): TreeHead {
    const size = this.#kept.length;
    return { size, root: this.#tree().hash(0, size).toString('hex') };
  }

  checkpoint(): ReportSource['checkpoint'] {
    const { size, root } = this.head();
    const head = { origin: SIGNER.name, size, root: Buffer.from(root, 'hex'), extensions: [] };
    return { size, root, note: signCheckpoint(head, [SIGNER]) };
  }

  readonly log: ReportSource['log'] = {
    search: (query) =>
      Promise.resolve(
        this.#kept
          .map(({ event }) => event)
          .filter(found(query))
          .slice(0, query.limit),
      ),
    read: (stream) => Promise.resolve(this.#in(stream) as Awaited<ReturnType<ReportSource['log']['read']>>),
    stored: (index, limit) =>
      Promise.resolve(
        this.#kept.slice(index, index + limit).map(({ event: { meta }, bytes }) => ({
          index: meta.index,
          stream: meta.stream,
          version: meta.version,
          bytes,
          leaf: Buffer.from(meta.leaf, 'hex'),
        })),
      ),
    hashes: (nodes) =>
      Promise.resolve(
        nodes.map(({ level, index }) => this.#tree().hash(index * 2 ** level, (index + 1) * 2 ** level)),
      ),
  };

  disclosures = (stream: string): Promise<readonly Disclosed[]> =>
    Promise.resolve(this.#texts.get(stream) ?? []);

  redactedAt = (index: number, field: string): Promise<number | null> => {
    const told = this.#kept.find(
      ({ event }) =>
        event.type === 'DisclosuresRedacted' &&
        event.data.targets.some((target) => target.index === index && target.field === field),
    );
    return Promise.resolve(told?.event.meta.index ?? null);
  };

  #in = (stream: string): readonly AnyRecordedEvent[] =>
    this.#kept.map(({ event }) => event).filter(({ meta }) => meta.stream === stream);
  #tree = (): NaiveTree => new NaiveTree(this.#kept.map(({ bytes }) => bytes));

  #at(index: number): Kept {
    const kept = this.#kept[index];
    if (kept === undefined) throw new Error('the book is empty');
    return kept;
  }
}

function found({ types, stream, subject, entitlement, from = 0, to = Infinity, after = -1 }: LogQuery) {
  if (subject !== undefined || entitlement !== undefined) throw new Error('no report asks for these');
  return ({ type, meta }: AnyRecordedEvent): boolean =>
    (types === undefined || types.includes(type)) &&
    (stream === undefined || stream === meta.stream) &&
    from <= meta.at &&
    meta.at < to &&
    meta.index > after;
}

export function periodOf(from: string, to: string, zone = 'UTC'): Period {
  const read = readPeriod({ from, to, zone });
  if (!read.ok) throw new Error(`--${read.option}: ${read.problem}`);
  return read.period;
}

interface Asked {
  readonly period: Period;
  readonly now: number;
  readonly role?: ReaderRole;
  readonly catalogue?: Catalogue;
  /** Of an owner: what they may see. */
  readonly may?: ReportSource['mayRequest'];
}

export function sourceOf(book: Book, { period, now, role = 'auditor', catalogue, may }: Asked): ReportSource {
  const rules = catalogue ?? parseCatalogue(SMALL, 'catalogue.yaml');
  const keyOf = (subject: Subject): string | null => KEYS.get(subject) ?? null;
  const nameOf = (subject: Subject): string => rules.people.get(keyOf(subject) ?? '')?.name ?? subject;
  const subjects = new Map([...KEYS].map(([subject, key]) => [key, subject]));
  return {
    period,
    now,
    catalogue: rules,
    log: book.log,
    checkpoint: book.checkpoint(),
    vkeys: [VKEY],
    receipts: (limit) => Promise.resolve(book.receipts.slice(0, limit)),
    texts: textsFor(book, role),
    nameOf: (subject) => Promise.resolve(nameOf(subject)),
    keyOf: (subject) => Promise.resolve(keyOf(subject)),
    subjectOf: (key) => Promise.resolve(subjects.get(key) ?? null),
    mayRequest: may ?? (() => true),
    mayResource: (resource) => role === 'auditor' || rules.resources.get(resource)?.owner === 'cleo',
    mayAll: role === 'auditor',
  };
}

export const made = (report: Report, book: Book, asked: Asked): Promise<MadeReport> =>
  makeReport(report, sourceOf(book, asked), {
    reader: { subject: ANN, role: asked.role ?? 'auditor' },
    software: 'countersign 0.0.0',
  });

/** The rows as a program reads them. */
export async function rowsOf(
  report: Report,
  book: Book,
  asked: Asked,
): Promise<readonly Record<string, unknown>[]> {
  const document = JSON.parse(jsonOf(await made(report, book, asked))) as { rows: Record<string, unknown>[] };
  return document.rows;
}
