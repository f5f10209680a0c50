import type { Rules } from '../rules.ts';

/** What the policies of some rule sets look at in the context, by path (`incident.severity`), with the literals. */
export type Mentions = ReadonlyMap<string, ReadonlySet<string | number | boolean>>;

export function mentionsIn(sets: readonly Rules[]): Mentions {
  const found = new Map<string, Set<string | number | boolean>>();
  const note = (path: string, literals: readonly unknown[] = []): void => {
    const known = found.get(path) ?? new Set();
    found.set(path, known);
    for (const each of literals)
      if (typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean') known.add(each);
  };
  for (const { policies } of sets) for (const { json } of policies?.rules.values() ?? []) walk(json, note);
  return found;
}

type Note = (path: string, literals?: readonly unknown[]) => void;

/** Cedar's JSON: an operator is the one key of a node, its operands lie under it. */
function walk(node: unknown, note: Note): void {
  if (Array.isArray(node)) for (const each of node) walk(each, note);
  if (!isObject(node)) return;
  for (const operands of Object.values(node)) {
    if (isObject(operands) && 'left' in operands && 'right' in operands) {
      const { left, right } = operands;
      compared(left, right, note);
      compared(right, left, note);
    }
    if (isObject(operands) && typeof operands['attr'] === 'string') {
      const path = pathOf({ '.': operands });
      if (path !== null) note(path);
    }
    walk(operands, note);
  }
}

function compared(looked: unknown, against: unknown, note: Note): void {
  const path = pathOf(looked);
  if (path !== null) note(path, literalsOf(against));
}

/** `incident.severity` of `context.incident.severity`; null for what is not of the context. */
function pathOf(node: unknown): string | null {
  if (!isObject(node)) return null;
  const access = node['.'];
  if (!isObject(access) || typeof access['attr'] !== 'string') return null;
  const { left, attr } = access as { left: unknown; attr: string };
  if (isObject(left) && left['Var'] === 'context') return attr;
  const parent = pathOf(left);
  return parent === null ? null : `${parent}.${attr}`;
}

function literalsOf(node: unknown): readonly unknown[] {
  if (!isObject(node)) return [];
  if ('Value' in node) return [node['Value']].flat();
  return Array.isArray(node['Set']) ? node['Set'].flatMap(literalsOf) : [];
}

const isObject = (node: unknown): node is Record<string, unknown> =>
  typeof node === 'object' && node !== null && !Array.isArray(node);

/** The whole numbers among what a path is compared with, ascending. */
export const numbersAt = (mentions: Mentions, path: string): readonly number[] =>
  [...(mentions.get(path) ?? [])].filter((each) => typeof each === 'number').sort((a, b) => a - b);

export const textsAt = (mentions: Mentions, path: string): readonly string[] =>
  [...(mentions.get(path) ?? [])].filter((each) => typeof each === 'string').sort();

/** Whether any policy looks at the path, or at something under it. */
export const isMentioned = (mentions: Mentions, path: string): boolean =>
  [...mentions.keys()].some((each) => each === path || each.startsWith(`${path}.`));
