/** Cedar's JSON of an expression, or of a part of one: an operator with its operands, a value, a variable. */
export type Expression = Readonly<Record<string, unknown>>;

export const isExpression = (value: unknown): value is Expression =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The operand of an operator; an empty expression where there is none. */
export function operand(expression: Expression, operator: string, name: string): Expression {
  const operands = expression[operator];
  const value = isExpression(operands) ? operands[name] : undefined;
  return isExpression(value) ? value : {};
}

/** Every object in a JSON value, outermost first. */
export function* objectsIn(value: unknown): Generator<Expression> {
  if (isExpression(value)) yield value;
  if (typeof value !== 'object' || value === null) return;
  for (const each of Object.values(value)) yield* objectsIn(each);
}

/** How many lists and objects stand in one another. */
export function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** Whether there is a number in it that JavaScript could not take over from the text as it is. */
export function hasInexactNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInexactNumber);
}

export interface EntityName {
  readonly type: string;
  readonly id: string;
}

/** What an object names, in a scope (`entity`) or in an expression (`__entity`). */
export function entityNamed(object: Expression): readonly EntityName[] {
  const { entity, entities, __entity } = object;
  const named = [entity, __entity, ...(Array.isArray(entities) ? (entities as unknown[]) : [])];
  return named.flatMap((each) => {
    if (!isExpression(each)) return [];
    const { type, id } = each;
    return typeof type === 'string' && typeof id === 'string' ? [{ type, id }] : [];
  });
}

/** `resource.environment`, `context.ticket.state`, `principal`: how a path is written; null for anything else. */
export function pathOf(expression: Expression): string | null {
  const { Var } = expression;
  if (typeof Var === 'string') return Var;
  const access = expression['.'];
  if (!isExpression(access) || typeof access['attr'] !== 'string') return null;
  const left = pathOf(operand(expression, '.', 'left'));
  return left === null ? null : `${left}.${access['attr']}`;
}

/** The texts an expression can be, or hold if it is a set. */
export function textsOf(expression: Expression): readonly string[] {
  const { Value, Set: items } = expression;
  if (typeof Value === 'string') return [Value];
  if (Array.isArray(items)) return items.filter(isExpression).flatMap(textsOf);
  return ['then', 'else'].flatMap((branch) => {
    const chosen = operand(expression, 'if-then-else', branch);
    return Object.keys(chosen).length === 0 ? [] : textsOf(chosen);
  });
}
