import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { LIMITS } from '../limits.ts';
import type { Path } from './problems.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

interface TreeProblem {
  readonly place: Place;
  readonly path: Path;
  readonly message: string;
}

/** YAML as plain values, and where each of them stood. */
export interface YamlTree {
  readonly value: unknown;
  readonly problems: readonly TreeProblem[];
  /** Where the value (or its key) at `path` stands; for what is missing, where its nearest parent does. */
  placeOf(path: Path, part?: 'value' | 'key'): Place;
}

/**
 * Reads one YAML 1.2 document of mappings with text keys, lists, and plain values. Duplicate keys, tags, merge keys
 * and what expands beyond the limits are problems; a syntax error hides all others.
 */
export function readYaml(text: string): YamlTree {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    stringKeys: true,
    // The library compares each key with all before it, which a large file turns into minutes; `readNode` looks.
    uniqueKeys: false,
    resolveKnownTags: false,
    prettyErrors: false,
    // 'silent' would also let a second document pass unread.
    logLevel: 'error',
  });
  const walk = new Walk(lines, (node) => (isAlias(node) ? node.resolve(document) : undefined));
  const faults = new Map([...document.errors, ...document.warnings].reverse().map((e) => [e.message, e]));
  if (faults.size > 0) {
    for (const { code, message, pos } of faults.values()) {
      walk.problem(pos[0], [], `not readable as YAML: ${OWN_WORDS[code] ?? message.toLowerCase()}`);
    }
    return walk.tree(undefined);
  }
  return walk.tree(document.contents === null ? undefined : walk.read(document.contents, [], 0));
}

/** Where the library speaks to programmers. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  RESOURCE_EXHAUSTION: 'nested too deeply',
  MULTIPLE_DOCS: 'more than one document; expected a single one, without ---',
};

class Walk {
  readonly #lines: LineCounter;
  readonly #target: (alias: Node) => Node | undefined;
  readonly #places = new Map<string, { value: Place; key: Place }>();
  readonly #problems: TreeProblem[] = [];
  #nodes = 0;
  #aliases = 0;

  constructor(lines: LineCounter, target: (alias: Node) => Node | undefined) {
    this.#lines = lines;
    this.#target = target;
  }

  problem(offset: number, path: Path, message: string): undefined {
    this.#problems.push({ place: this.#place(offset), path, message });
  }

  tree(value: unknown): YamlTree {
    const places = this.#places;
    return {
      value,
      problems: this.#problems,
      placeOf(path, part = 'value') {
        for (let length = path.length; length > 0; length--) {
          const place = places.get(JSON.stringify(path.slice(0, length)));
          if (place) return place[part];
        }
        return { line: 1, column: 1 };
      },
    };
  }

  read(node: Node | null, path: Path, depth: number): unknown {
    const offset = node?.range?.[0] ?? 0;
    if (++this.#nodes > LIMITS.catalogueNodesMax) {
      return this.#once(offset, `more than ${LIMITS.catalogueNodesMax} values, aliases followed`);
    }
    if (depth > LIMITS.catalogueDepthMax) {
      return this.problem(offset, path, `nested deeper than ${LIMITS.catalogueDepthMax} levels`);
    }
    if (isAlias(node)) return this.#follow(node, path, depth);
    if (isMap(node)) return this.#readMap(node.items, path, depth);
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const child = item as Node;
        this.#note([...path, index], child.range?.[0]);
        return this.read(child, [...path, index], depth + 1);
      });
    }
    return isScalar(node) ? node.value : null;
  }

  #follow(alias: Node, path: Path, depth: number): unknown {
    const offset = alias.range?.[0] ?? 0;
    if (++this.#aliases > LIMITS.catalogueAliasesMax) {
      return this.#once(offset, `more than ${LIMITS.catalogueAliasesMax} aliases (*name)`);
    }
    const target = this.#target(alias);
    if (!target) return this.problem(offset, path, 'alias of an anchor that was not set before it');
    return this.read(target, path, depth + 1);
  }

  #readMap(
    pairs: readonly { key: unknown; value: unknown }[],
    path: Path,
    depth: number,
  ): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const pair of pairs) {
      const keyNode = pair.key as Node | null;
      const key = isScalar(keyNode) && typeof keyNode.value === 'string' ? keyNode.value : '';
      const offset = keyNode?.range?.[0] ?? 0;
      const own = [...path, key];
      if (key === '__proto__' || key === '') {
        this.problem(offset, path, 'a key that is empty or reserved');
      } else if (Object.hasOwn(result, key)) {
        const first = this.#places.get(JSON.stringify(own));
        this.problem(offset, own, `duplicate key; first given on line ${first?.key.line}`);
      } else {
        const value = pair.value as Node | null;
        this.#note(own, isScalar(value) || isAlias(value) ? value.range?.[0] : offset, offset);
        result[key] = this.read(value, own, depth + 1);
      }
    }
    return result;
  }

  /** An absent scalar (`key:` and nothing) has a range that starts after the key; the key is the better place. */
  #note(path: Path, offset: number | undefined, keyOffset = offset): void {
    const at = this.#place(offset ?? 0);
    const key = this.#place(keyOffset ?? 0);
    this.#places.set(JSON.stringify(path), { value: at.line === key.line ? at : key, key });
  }

  #once(offset: number, message: string): undefined {
    if (!this.#problems.some((known) => known.message === message)) this.problem(offset, [], message);
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}
