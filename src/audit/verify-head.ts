import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { AuditError } from './error.ts';
import { parseVkey, type VerifierKey } from './note.ts';
import { Frontier, type Node } from './tree.ts';
import type { FindingCode, Problem } from './verify-finding.ts';

/** The keys in a text, one a line as C2SP writes them. `name` is the text's, for messages. */
export function keysIn(text: string, name: string): readonly VerifierKey[] | Problem {
  const lines = text.trimEnd().split(/\r?\n/);
  const keys: VerifierKey[] = [];
  for (const [i, line] of lines.entries()) {
    const key = refusedAs('key_malformed', `line ${i + 1} of ${name}`, () => parseVkey(line));
    if ('what' in key) return key;
    keys.push(key);
  }
  return keys;
}

/** The head of the log that one of `keys` has signed. */
export function openHead(note: Uint8Array, keys: readonly VerifierKey[]): OpenedCheckpoint | Problem {
  try {
    return openCheckpoint(note, keys);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return { code: HEAD_CODES[error.code] ?? 'checkpoint_malformed', index: null, what: error.message };
  }
}

const HEAD_CODES: { readonly [code in AuditError['code']]?: FindingCode } = {
  note_unsigned: 'checkpoint_unsigned',
  note_signature_invalid: 'checkpoint_forged',
};

/** A head signed earlier, which the log must begin with. `name` is for messages: "the older checkpoint". */
export interface OlderHead {
  readonly name: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** A head of the log `origin` that was signed earlier. */
export function openOlder(
  name: string,
  note: Uint8Array | string,
  keys: readonly VerifierKey[],
  origin: string,
): OlderHead | Problem {
  return refusedAs('older_unreadable', name, () => {
    const { size, root } = openCheckpoint(note, keys, origin);
    return { name, size, root };
  });
}

function refusedAs<T>(code: FindingCode, name: string, read: () => T): T | Problem {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return { code, index: null, what: `${name} is refused: ${error.message}` };
  }
}

/** The tree as it grows leaf by leaf, held against older heads as it passes their sizes. */
export class GrowingTree {
  readonly #frontier = Frontier.empty();
  /** The next to come is the last. */
  readonly #older: OlderHead[];
  #problem: Problem | null = null;

  constructor(older: readonly OlderHead[]) {
    this.#older = older.toSorted((a, b) => b.size - a.size);
    this.#compare();
  }

  get size(): number {
    return this.#frontier.size;
  }

  append(leafHash: Uint8Array, onNode?: (node: Node, hash: Buffer) => void): void {
    this.#frontier.append(leafHash, onNode);
    if (this.#older.at(-1)?.size === this.#frontier.size) this.#compare();
  }

  isAt({ size, root }: { readonly size: number; readonly root: Uint8Array }): boolean {
    return size === this.#frontier.size && this.#frontier.root().equals(root);
  }

  /** Behind the last leaf: whether it began with every older head. */
  end(): Problem | null {
    const larger = this.#older.at(-1);
    if (this.#problem !== null || larger === undefined) return this.#problem;
    const what = `${larger.name} covers ${larger.size} events, the log has ${this.size}`;
    return { code: 'older_larger', index: null, what };
  }

  #compare(): void {
    for (let next = this.#older.at(-1); next?.size === this.size; next = this.#older.at(-1)) {
      this.#older.pop();
      if (this.isAt(next)) continue;
      const what = `the first ${next.size} events do not give the root that ${next.name} signed`;
      this.#problem ??= { code: 'older_differs', index: null, what };
    }
  }
}
