import { disclosureDigest, readDisclosure } from './disclosure.ts';
import { AuditError } from './error.ts';
import { decodeLeaf } from './event-leaf.ts';
import { type Problem, textName } from './verify-finding.ts';
import { hashKey, idKey, KeySet } from './verify-keys.ts';
import { frameOf, type LeafFrame } from './verify-leaf.ts';

/** A text beside an event. `disclosure` as RFC 9901 writes it; null: it exists, and is not given to this reader. */
export interface GivenText {
  readonly index: number;
  readonly field: string;
  readonly disclosure: string | null;
}

/** The place of a text in the log, and what its event keeps of it. */
export interface TextDigest {
  readonly index: number;
  readonly field: string;
  readonly digest: string;
}

export interface EventCounts {
  readonly streams: number;
  /** Texts that match the digest in their event. */
  readonly disclosed: number;
  /** Texts that a redaction on record took away. */
  readonly redacted: number;
  /** Texts that exist and are not given. */
  readonly withheld: number;
}

/**
 * What a log owes beside its tree, checked event by event in log order: ids are unique, the versions
 * of each stream run from 1 without a gap, and each digest of a text has that text beside it or a redaction after it.
 * After the first problem the answers mean nothing any more.
 */
export class EventRules {
  readonly #withTexts: boolean;
  readonly #ids: KeySet;
  /** Digests whose text was given, and those whose text was not. */
  readonly #disclosed: KeySet;
  readonly #absent: KeySet;
  readonly #redacted: KeySet;
  readonly #versions = new Map<string, number>();
  /** Texts that are not there, and no redaction has come yet that covers them. */
  readonly #missing = new Map<string, TextDigest>();

  /** `withTexts` false: no text is given, and none is missed. For `seed` see KeySet. */
  constructor({ withTexts, seed }: { readonly withTexts: boolean; readonly seed: number }) {
    this.#withTexts = withTexts;
    this.#ids = new KeySet(seed);
    this.#disclosed = new KeySet(seed);
    this.#absent = new KeySet(seed);
    this.#redacted = new KeySet(seed);
  }

  get counts(): EventCounts {
    const redacted = this.#redacted.size;
    const withheld = this.#absent.size - redacted;
    return { streams: this.#versions.size, disclosed: this.#disclosed.size, redacted, withheld };
  }

  /** `leaf` is what `bytes` say, `given` the texts beside this event. */
  next(index: number, bytes: Uint8Array, leaf: LeafFrame, given: readonly GivenText[]): Problem | null {
    if (!this.#ids.add(idKey(leaf.id)))
      return { code: 'id_repeated', index, what: `event ${index} has the id of an event before it` };
    return (
      this.#version(index, leaf) ??
      (leaf.type === redactedType ? this.#redaction(index, bytes) : null) ??
      (leaf.sd === null && given.length === 0 ? null : this.#texts(index, leaf.sd ?? {}, given))
    );
  }

  /** Behind the last event. */
  end(): Problem | null {
    const [first] = this.#missing.values();
    if (first === undefined) return null;
    return { code: 'disclosure_missing', index: first.index, what: `${textName(first)} is not there` };
  }

  #version(index: number, { stream, version }: LeafFrame): Problem | null {
    const expected = (this.#versions.get(stream) ?? 0) + 1;
    this.#versions.set(stream, version);
    if (version === expected) return null;
    const what = `event ${index} is number ${version} of its stream, expected ${expected}`;
    return { code: 'version_gap', index, what };
  }

  #texts(index: number, sd: Readonly<Record<string, string>>, given: readonly GivenText[]): Problem | null {
    const problem = given.map((text) => textProblem(text, sd)).find((each) => each !== null);
    if (problem) return problem;
    for (const [field, digest] of Object.entries(sd)) {
      const text = { index, field, digest };
      const beside = given.find((each) => each.field === field);
      if (typeof beside?.disclosure === 'string') this.#disclosed.add(keyOf(text));
      else this.#absent.add(keyOf(text));
      if (beside === undefined && this.#withTexts) this.#missing.set(nameOf(text), text);
    }
    return null;
  }

  #redaction(at: number, bytes: Uint8Array): Problem | null {
    for (const target of targetsOf(bytes)) {
      const key = keyOf(target);
      if (this.#disclosed.has(key)) return keptProblem(at, target);
      if (!this.#absent.has(key))
        return {
          code: 'redaction_foreign',
          index: at,
          what: `event ${at} redacts ${textName(target)}, which is not on record there`,
        };
      this.#redacted.add(key);
      this.#missing.delete(nameOf(target));
    }
    return null;
  }
}

/** The type of events that tell of texts taken away. */
export const redactedType = 'DisclosuresRedacted';

/** Names each text of the log by one string, and no two by the same. */
const nameOf = ({ index, field, digest }: TextDigest): string =>
  `${index} ${digest.length} ${digest} ${field}`;
const keyOf = (text: TextDigest) => hashKey(nameOf(text));

/** Event `at` redacted a text that was given all the same. */
export function keptProblem(at: number, text: TextDigest): Problem {
  const what = `event ${at} redacted ${textName(text)}, which is still there`;
  return { code: 'disclosure_kept', index: text.index, what };
}

/** The leaf, or why it is none. */
export function readLeaf(index: number, bytes: Uint8Array): LeafFrame | Problem {
  try {
    return frameOf(bytes);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return { code: 'event_malformed', index, what: `event ${index} is no event: ${error.message}` };
  }
}

/** Whether a text is the one whose digest its event keeps; `sd` are that event's digests. */
export function textProblem(given: GivenText, sd: Readonly<Record<string, string>>): Problem | null {
  const { index, field, disclosure } = given;
  const digest = Object.hasOwn(sd, field) ? sd[field] : undefined;
  const refuse = (why: string): Problem => ({
    code: 'disclosure_foreign',
    index,
    what: `${textName(given)} ${why}`,
  });
  if (digest === undefined) return refuse('belongs to no digest of that event');
  if (disclosure === null) return null;
  return disclosureDigest(disclosure) === digest && isDisclosureOf(disclosure, field)
    ? null
    : refuse('does not give the digest in that event');
}

function isDisclosureOf(disclosure: string, field: string): boolean {
  try {
    return readDisclosure(disclosure).field === field;
  } catch (error) {
    if (error instanceof AuditError) return false;
    throw error;
  }
}

/** What a redaction names, of a leaf that has been read; what is not well-formed names nothing that was recorded. */
export function targetsOf(bytes: Uint8Array): readonly TextDigest[] {
  const { targets } = decodeLeaf(bytes).data;
  return (Array.isArray(targets) ? targets : [{}]).map((target: Partial<TextDigest> | null) => ({
    index: Number(target?.index),
    field: String(target?.field),
    digest: String(target?.digest),
  }));
}
