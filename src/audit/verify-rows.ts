import { leafHash } from './leaf.ts';
import type { Node } from './tree.ts';
import { type EventCounts, EventRules, readLeaf } from './verify-events.ts';
import { type Problem, textName } from './verify-finding.ts';
import { GrowingTree, type OlderHead } from './verify-head.ts';

/** An event as it lies in a database: `leaf` is its stored hash; it is found by `stream` and `version`. */
export interface Row {
  readonly index: number;
  readonly stream: string;
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
}

/** A text as it lies beside an event, sealed. */
export interface SealedText {
  readonly index: number;
  readonly field: string;
  /** The disclosure (RFC 9901); null: it does not open for the event of this id. */
  open(eventId: string): string | null;
}

/** A complete subtree and its root, as the rows give it. */
export interface Subtree extends Node {
  readonly hash: Buffer;
}

/** Of a C2SP tile: a log keeps the roots of the subtrees of this height, and of those over them. */
const tileLevels = 8;
const tileWidth = 2 ** tileLevels;

/** A log as it is stored, held against itself, row by row from the first until something is wrong. */
export class StoredLog {
  readonly #tree: GrowingTree;
  readonly #rules: EventRules;
  #completed: Subtree[] = [];

  /** `older`: signed heads that it must begin with. For `seed` see KeySet. */
  constructor({ older, seed }: { readonly older: readonly OlderHead[]; readonly seed: number }) {
    this.#tree = new GrowingTree(older);
    this.#rules = new EventRules({ withTexts: true, seed });
  }

  get counts(): EventCounts {
    return this.#rules.counts;
  }

  /** `texts`: those that lie beside this event. */
  next(row: Row, texts: readonly SealedText[]): Problem | null {
    const index = this.#tree.size;
    if (row.index !== index) return missingRow(index);
    if (!leafHash(row.bytes).equals(row.leaf))
      return { code: 'row_changed', index, what: `the bytes of event ${index} do not give its stored hash` };
    this.#tree.append(row.leaf, (index + 1) % tileWidth === 0 ? this.#keep : undefined);
    const leaf = readLeaf(index, row.bytes);
    if ('code' in leaf) return leaf;
    if (leaf.stream !== row.stream || leaf.version !== row.version)
      return {
        code: 'row_misfiled',
        index,
        what: `event ${index} is not filed under its own stream and version`,
      };
    const given = texts.map((text) => ({ index, field: text.field, disclosure: text.open(leaf.id) }));
    const broken = given.find(({ disclosure }) => disclosure === null);
    if (broken === undefined) return this.#rules.next(index, row.bytes, leaf, given);
    return { code: 'disclosure_damaged', index, what: `${textName(broken)} does not open` };
  }

  /** The subtrees of a tile's height, and of those of them, that were completed since it was asked before. */
  completed(): readonly Subtree[] {
    const completed = this.#completed;
    this.#completed = [];
    return completed;
  }

  /** Behind the last row, with what the database holds as its head. */
  end(head: { readonly size: number; readonly root: Uint8Array }): Problem | null {
    if (this.#tree.size < head.size) return missingRow(this.#tree.size);
    if (!this.#tree.isAt(head))
      return { code: 'tree_differs', index: null, what: 'the events do not give the stored root of the log' };
    return this.#tree.end() ?? this.#rules.end();
  }

  readonly #keep = ({ level, index }: Node, hash: Buffer): void => {
    if (level % tileLevels === 0) this.#completed.push({ level, index, hash });
  };
}

const missingRow = (index: number): Problem => ({
  code: 'row_missing',
  index,
  what: `the row of event ${index} is not there`,
});

/** The first of these subtrees whose root is stored otherwise. */
export function subtreeProblem(subtrees: readonly Subtree[], stored: readonly Uint8Array[]): Problem | null {
  const wrong = subtrees.find(({ hash }, i) => !hash.equals(stored[i] ?? Buffer.alloc(0)));
  if (wrong === undefined) return null;
  const leaves = 2 ** wrong.level;
  const [first, last] = [wrong.index * leaves, (wrong.index + 1) * leaves - 1];
  return {
    code: 'tree_differs',
    index: null,
    what: `events ${first} to ${last} do not give the stored hash over them`,
  };
}
