import { disclose, disclosureDigest } from '../../src/audit/disclosure.ts';
import { encodeLeaf } from '../../src/audit/event-leaf.ts';
import { leafHash } from '../../src/audit/leaf.ts';
import { signerFromSeed, signNote } from '../../src/audit/note.ts';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { Frontier } from '../../src/audit/tree.ts';
import type { RequestEvent } from '../../src/domain/events.ts';
import type { JournalEvent } from '../../src/domain/journal.ts';
import type { Subject } from '../../src/domain/values.ts';
import type { HeadSigner } from '../../src/ports/anchor.ts';
import type {
  AnyRecordedEvent,
  LogQuery,
  LogTree,
  Receipt,
  SealShelf,
  SignedCheckpoint,
  StoredDisclosure,
  StoredLeaf,
  TreeHead,
  TreeNode,
} from '../../src/ports/audit-log.ts';

/** A log in memory: true leaves, a true tree, and whatever else a test puts beside them. */
export class MemoryLog implements LogTree, Pick<SealShelf, 'newestCheckpoint' | 'receipts'> {
  readonly events: AnyRecordedEvent[] = [];
  readonly leaves: StoredLeaf[] = [];
  disclosures: StoredDisclosure[] = [];
  /** Newest last. */
  readonly taken: Receipt[] = [];
  checkpoint: SignedCheckpoint | null = null;
  readonly #tree = Frontier.empty();
  readonly #nodes = new Map<string, Uint8Array>();

  append(stream: string, event: RequestEvent | JournalEvent, at: number, whose: Subject): AnyRecordedEvent {
    const { type, data, personal = {} } = event;
    const index = this.events.length;
    const version = this.events.filter(({ meta }) => meta.stream === stream).length + 1;
    const told = Object.entries(personal).map(([field, value], i) => {
      const salt = new Uint8Array(16).fill((index * 7 + i) % 256);
      return { index, field, subject: whose, disclosure: disclose(salt, field, value) };
    });
    const sd = Object.fromEntries(told.map((d) => [d.field, disclosureDigest(d.disclosure)]));
    const bytes = encodeLeaf({ id: `event-${index}`, type, v: 1, at, stream, version, data, sd });
    const leaf = leafHash(bytes);
    const meta = { id: `event-${index}`, index, stream, version, at, leaf: leaf.toString('hex'), sd };
    const recorded = { type, data, meta } as AnyRecordedEvent;
    this.events.push(recorded);
    this.leaves.push({ index, stream, version, bytes, leaf });
    this.disclosures.push(...told);
    this.#nodes.set(`0/${index}`, leaf);
    this.#tree.append(leaf, (node, hash) => this.#nodes.set(`${node.level}/${node.index}`, hash));
    return recorded;
  }

  /** Takes a text away, and says nothing of it. */
  forget(index: number, field: string): void {
    this.disclosures = this.disclosures.filter((d) => d.index !== index || d.field !== field);
  }

  headNow = (): TreeHead => ({ size: this.#tree.size, root: this.#tree.root().toString('hex') });

  signed(): SignedCheckpoint {
    const head = this.headNow();
    return { ...head, note: signer.sign(head), at: 0 };
  }

  head = async (): Promise<TreeHead> => this.headNow();
  hashes = async (nodes: readonly TreeNode[]): Promise<readonly Uint8Array[]> =>
    nodes.map(({ level, index }) => {
      const hash = this.#nodes.get(`${level}/${index}`);
      if (hash === undefined) throw new Error(`no node ${level}/${index}`);
      return hash;
    });
  stored = async (index: number, limit: number): Promise<readonly StoredLeaf[]> =>
    this.leaves.slice(index, index + limit);
  storedDisclosures = async (index: number, end: number): Promise<readonly StoredDisclosure[]> =>
    this.disclosures.filter((d) => d.index >= index && d.index < end);
  search = async ({ stream, types, after = -1, limit }: LogQuery): Promise<readonly AnyRecordedEvent[]> =>
    this.events
      .filter(({ type, meta }) => {
        const ofStream = stream === undefined || meta.stream === stream;
        return ofStream && (types === undefined || types.includes(type)) && meta.index > after;
      })
      .slice(0, limit);
  newestCheckpoint = async (): Promise<SignedCheckpoint | null> => this.checkpoint;
  receipts = async (limit: number): Promise<readonly Receipt[]> => this.taken.toReversed().slice(0, limit);
}

export const ORIGIN = 'evidence.test/log';
const key = signerFromSeed(ORIGIN, new Uint8Array(32).fill(7));

export const signer: HeadSigner = {
  origin: ORIGIN,
  vkeys: () => [key.vkey],
  signing: () => [key.vkey],
  sign: ({ size, root }) =>
    signCheckpoint({ origin: ORIGIN, size, root: Buffer.from(root, 'hex'), extensions: [] }, [key]),
  signText: (text) => signNote(text, [key]).slice(text.length + 1),
};
