import { createRequire } from 'node:module';
import type { Policy, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as {
  policySetTextToParts(text: string): { type: string; policies: string[] };
  policyToJson(policy: Policy): { type: string; json: PolicyJson };
  policyToText(policy: Policy): { type: string; text: string };
};

/** One rule of a file, changed in one place. */
export interface Mutant {
  /** `hours.cedar forbid.finance-out-of-hours: 480 → 481`. */
  readonly name: string;
  readonly file: string;
  /** The whole file with the rule changed. */
  readonly text: string;
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Node = { [key: string]: Json };
interface Change {
  readonly what: string;
  readonly rule: Node;
}

/** Every mutant of every rule in a file of policies. */
export function mutantsOf(file: string, text: string): readonly Mutant[] {
  const rules = cedar.policySetTextToParts(text).policies.map(jsonOf);
  return rules.flatMap((rule, index) => {
    const id = textAt(rule['annotations'] as Node, 'id');
    return changesOf(rule).map(({ what, rule: changed }) => ({
      name: `${file} ${id}: ${what}`,
      file,
      text: textOf(
        rules.map((each, at) => (at === index ? changed : each)).filter((each) => each !== REMOVED),
      ),
    }));
  });
}

const REMOVED: Node = {};
const textAt = (node: Node, key: string): string => String(node[key] as string);

/** The file as Cedar writes it, with nothing changed: what its mutants are compared with. */
export const rewritten = (text: string): string =>
  textOf(cedar.policySetTextToParts(text).policies.map(jsonOf));

function jsonOf(text: string): Node {
  const answer = cedar.policyToJson(text);
  if (answer.type !== 'success') throw new Error(`no policy: ${text}`);
  return answer.json as unknown as Node;
}

const textOf = (rules: readonly Node[]): string =>
  rules
    .map((rule) => {
      const answer = cedar.policyToText(rule as unknown as PolicyJson);
      if (answer.type !== 'success') throw new Error(`no text for ${JSON.stringify(rule)}`);
      return answer.text;
    })
    .join('\n\n');

function changesOf(rule: Node): readonly Change[] {
  const effect = rule['effect'] === 'permit' ? 'forbid' : 'permit';
  return [
    { what: 'removed', rule: REMOVED },
    { what: `${textAt(rule, 'effect')} → ${effect}`, rule: { ...rule, effect } },
    ...scopeChanges(rule),
    ...conditionChanges(rule),
    ...annotationChanges(rule),
  ];
}

/** Each part of the head: dropped; of a list of actions, each taken out. */
function scopeChanges(rule: Node): readonly Change[] {
  const changes: Change[] = [];
  for (const part of ['principal', 'action', 'resource']) {
    const scope = rule[part] as Node;
    if (scope['op'] === 'All') continue;
    changes.push({ what: `${part}: any`, rule: { ...rule, [part]: { op: 'All' } } });
    const entities = scope['entities'];
    if (Array.isArray(entities))
      for (const [index, entity] of entities.entries()) {
        const rest = entities.filter((_, at) => at !== index);
        const what = `${part}: without ${(entity as { id: string }).id}`;
        changes.push({ what, rule: { ...rule, [part]: { ...scope, entities: rest } } });
      }
  }
  return changes;
}

function conditionChanges(rule: Node): readonly Change[] {
  const conditions = rule['conditions'] as Node[];
  const set = (next: readonly Json[]): Node => ({ ...rule, conditions: [...next] });
  return conditions.flatMap((condition, index) => {
    const kind = condition['kind'] === 'when' ? 'unless' : 'when';
    const replace = (body: Json): Node => set(conditions.map((c, at) => (at === index ? { ...c, body } : c)));
    return [
      { what: `condition ${index}: dropped`, rule: set(conditions.filter((_, at) => at !== index)) },
      {
        what: `condition ${index}: ${textAt(condition, 'kind')} → ${kind}`,
        rule: set(conditions.map((c, at) => (at === index ? { ...c, kind } : c))),
      },
      ...bodies(condition['body'] ?? null).map(({ what, body }) => ({
        what: `condition ${index}: ${what}`,
        rule: replace(body),
      })),
    ];
  });
}

const TURNED: Readonly<Record<string, readonly string[]>> = {
  '==': ['!='],
  '!=': ['=='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '&&': ['||'],
  '||': ['&&'],
};

interface Changed {
  readonly what: string;
  readonly body: Json;
}

/** An expression with one operator turned, one clause taken out or negated, or one literal changed. */
function bodies(node: Json): readonly Changed[] {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return [];
  const [[op, operands] = ['', null]] = Object.entries(node);
  if (op === 'Value')
    return literals(operands ?? null).map((value) => literalChange(operands ?? null, value));
  if (typeof operands !== 'object' || operands === null || Array.isArray(operands)) return [];
  return [
    ...(TURNED[op] ?? []).map((turned) => ({ what: `${op} → ${turned}`, body: { [turned]: operands } })),
    ...(op === '&&' || op === '||'
      ? ['left', 'right'].map((side) => ({ what: `${op}: only its ${side}`, body: operands[side] ?? null }))
      : []),
    ...(BOOLEAN.has(op) ? [{ what: `not ${op}`, body: { '!': { arg: node } } }] : []),
    ...Object.entries(operands).flatMap(([side, operand]) =>
      bodies(operand).map(({ what, body }) => ({ what, body: { [op]: { ...operands, [side]: body } } })),
    ),
  ];
}

const BOOLEAN: ReadonlySet<string> = new Set([...Object.keys(TURNED), 'has', 'in', 'contains', '!']);

const literalChange = (from: Json, to: Json): Changed => ({
  what: `${JSON.stringify(from)} → ${JSON.stringify(to)}`,
  body: { Value: to },
});

function literals(value: Json): readonly Json[] {
  if (typeof value === 'number') return [value - 1, value + 1];
  if (typeof value === 'boolean') return [!value];
  return typeof value === 'string' ? [`${value}-other`] : [];
}

/** Each annotation dropped; each number in it one more and, above one, one less; each text changed. */
function annotationChanges(rule: Node): readonly Change[] {
  const annotations = rule['annotations'] as { [name: string]: string };
  const set = (next: { [name: string]: string }): Node => ({ ...rule, annotations: next });
  return Object.entries(annotations).flatMap(([name, value]) => {
    const { [name]: _, ...others } = annotations;
    const numbers = [...value.matchAll(/\d+/g)].flatMap(({ 0: digits, index }) =>
      [Number(digits) + 1, Number(digits) - 1]
        .filter((n) => n > 0)
        .map((n) => value.slice(0, index) + String(n) + value.slice(index + digits.length)),
    );
    const texts =
      name === 'says' || name === 'id' ? [`${value} x`.replace(' ', name === 'id' ? '.' : ' ')] : numbers;
    return [
      { what: `@${name} dropped`, rule: set(others) },
      ...texts.map((text) => ({ what: `@${name}(${text})`, rule: set({ ...annotations, [name]: text }) })),
    ];
  });
}
