import { expectedOneOf, shown } from '../problems.ts';
import {
  type EntityName,
  entityNamed,
  type Expression,
  isExpression,
  objectsIn,
  operand,
  pathOf,
  textsOf,
} from './expression.ts';
import type { Literals } from './literals.ts';

/** Something a rule names that there is not; `written`: how it stands in the text. */
export interface Slip {
  readonly written: RegExp;
  readonly message: string;
}

/** Every name in a rule that nobody knows, and every question to which the answer would always be no. */
export function slipsIn(json: unknown, literals: Literals): readonly Slip[] {
  const slips = [...objectsIn(json)].flatMap((object) => [
    ...entityNamed(object).flatMap((entity) => unknownEntity(entity, literals)),
    ...COMPARISONS.flatMap((operator) => unknownWords(object, operator, literals)),
    ...unmatchedPattern(object, literals),
    ...unknownTag(object, literals),
    ...unseen(object),
  ]);
  return slips.filter(({ message }, i) => slips.findIndex((other) => other.message === message) === i);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const quoted = (text: string): RegExp => new RegExp(escaped(JSON.stringify(text)));

function unknownEntity({ type, id }: EntityName, { entities }: Literals): readonly Slip[] {
  const known = entities.get(type);
  if (known === undefined || known.has(id)) return [];
  const message = `unknown ${type} ${shown(id)}; ${expectedOneOf(id, [...known])}`;
  return [{ written: new RegExp(`${type}\\s*::\\s*${escaped(JSON.stringify(id))}`), message }];
}

const COMPARISONS: readonly string[] = ['==', '!=', 'contains', 'containsAll', 'containsAny'];

/** A field whose words are known, against words written down: in either order, singly or in sets. */
function unknownWords(object: Expression, operator: string, literals: Literals): readonly Slip[] {
  const left = operand(object, operator, 'left');
  const right = operand(object, operator, 'right');
  return [
    [left, right],
    [right, left],
  ].flatMap(([field = {}, words = {}]) => {
    const { name, known } = wordsKnown(field, literals);
    return known === null ? [] : textsOf(words).flatMap((text) => unknownWord(name, text, known));
  });
}

function unknownWord(name: string, text: string, known: ReadonlySet<string>): readonly Slip[] {
  if (known.has(text)) return [];
  return [
    { written: quoted(text), message: `${name} is never ${shown(text)}; ${expectedOneOf(text, [...known])}` },
  ];
}

/** What a field can hold; null: anything. */
function wordsKnown(
  field: Expression,
  { words, tags }: Literals,
): { readonly name: string; readonly known: ReadonlySet<string> | null } {
  const tag = tagOf(field, 'getTag');
  if (tag !== null) return { name: `principal.getTag(${shown(tag)})`, known: tags.get(tag) ?? null };
  const name = pathOf(field) ?? '';
  return { name, known: words.get(name) ?? null };
}

function unmatchedPattern(object: Expression, literals: Literals): readonly Slip[] {
  const { name, known } = wordsKnown(operand(object, 'like', 'left'), literals);
  const like = object['like'];
  if (known === null || !isExpression(like) || !Array.isArray(like['pattern'])) return [];
  const pattern = like['pattern'].map((part: unknown) =>
    isExpression(part) ? String(part['Literal']) : ANY,
  );
  if ([...known].some((word) => fits(Array.from(word), pattern))) return [];
  const written = shown(pattern.map((part) => (part === ANY ? '*' : part)).join(''));
  return [
    { written: /\blike\b/, message: `${name} is never like ${written}; ${expectedOneOf(null, [...known])}` },
  ];
}

const ANY = null;

/** Whether a pattern of characters and wildcards fits, in a time that no pattern makes long. */
function fits(word: readonly string[], pattern: readonly (string | typeof ANY)[]): boolean {
  let reachable = new Set([0]);
  for (const part of pattern) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (part === ANY) for (let i = at; i <= word.length; i++) next.add(i);
      else if (word[at] === part) next.add(at + 1);
    }
    reachable = next;
  }
  return reachable.has(word.length);
}

function unknownTag(object: Expression, { tags }: Literals): readonly Slip[] {
  return ['hasTag', 'getTag'].flatMap((operator) => {
    const tag = tagOf(object, operator);
    if (tag === null || tags.has(tag)) return [];
    const message = `unknown attribute ${shown(tag)} of people; ${expectedOneOf(tag, [...tags.keys()])}`;
    return [{ written: quoted(tag), message }];
  });
}

/** The name of the principal's attribute that is asked for. */
function tagOf(expression: Expression, operator: string): string | null {
  const { Value } = operand(expression, operator, 'right');
  const ofPrincipal = pathOf(operand(expression, operator, 'left')) === 'principal';
  return ofPrincipal && typeof Value === 'string' ? Value : null;
}

/** Entities that a question names and brings nothing of: what is asked of them would silently be no. */
const NAMED_ONLY = /^(?:principal\.manager|resource\.(?:owner|dataOwner|onCall)|context\.requester)$/;

function unseen(object: Expression): readonly Slip[] {
  return LOOKING_IN.flatMap((operator) => {
    const left = operand(object, operator, 'left');
    const path = pathLookedIn(object, operator, left);
    const [literal] = isExpression(left['Value']) ? entityNamed(left['Value']) : [];
    if (path !== null ? !NAMED_ONLY.test(path) : literal === undefined) return [];
    const name = path ?? `${literal?.type}::${JSON.stringify(literal?.id)}`;
    const message = `rules are told groups and attributes of principal and resource, not of ${name}; compare it with == alone`;
    return [{ written: quotedPath(name), message }];
  });
}

/** Operators whose answer follows from an entity's attributes, tags or parents. */
const LOOKING_IN: readonly string[] = ['.', 'has', 'hasTag', 'getTag', 'in', 'is'];

function pathLookedIn(object: Expression, operator: string, left: Expression): string | null {
  const path = pathOf(left);
  const operands = object[operator];
  if (path === null || !isExpression(operands)) return path;
  if (operator === 'is' && operands['in'] === undefined) return null;
  // `resource has owner.manager` looks in the owner.
  const { attr } = operands;
  return operator === 'has' && Array.isArray(attr) ? [path, ...attr.slice(0, -1)].join('.') : path;
}

const quotedPath = (path: string): RegExp => new RegExp(escaped(path).replaceAll('::', '\\s*::\\s*'));
