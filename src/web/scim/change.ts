import { LIMITS } from '../../limits.ts';
import { type Attributes, type Change, isObject } from './attribute.ts';
import { pathOf } from './path.ts';
import { quoted, Refusal, refuse, tooMany } from './refusal.ts';
import { isSchema } from './schema-names.ts';

type Op = Change['op'];

/**
 * What a body says of a resource (RFC 7644, 3.3 and 3.5.1), or an operation without a path. Its keys may be paths
 * themselves: `name.givenName`, or an attribute of an extension. What we have no use for is passed over.
 */
export function withBody<R>(
  resource: R,
  body: Readonly<Record<string, unknown>>,
  attributes: Attributes<R>,
  op: Exclude<Op, 'remove'> = 'replace',
): R | Refusal {
  let next = resource;
  for (const [name, value] of flat(body)) {
    const path = pathOf(name);
    if (path instanceof Refusal) continue;
    const changed = attributes.get(path.attribute)?.(next, { ...path, op, value }) ?? next;
    if (changed instanceof Refusal) return changed;
    next = changed;
  }
  return next;
}

const flat = (body: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] =>
  Object.entries(body).flatMap(([name, value]) =>
    isSchema(name) && isObject(value)
      ? Object.entries(value).map(([sub, each]) => [`${name}:${sub}`, each] as const)
      : [[name, value] as const],
  );

/** RFC 7644, 3.5.2: all of the operations in their order or, where one is refused, none. */
export function patched<R>(
  resource: R,
  body: Readonly<Record<string, unknown>>,
  attributes: Attributes<R>,
): R | Refusal {
  const operations: unknown = body['Operations'] ?? body['operations'];
  if (!Array.isArray(operations) || operations.length === 0)
    return refuse('invalidSyntax', 'missing required "Operations", a list of one or more');
  if (operations.length > LIMITS.scimOperationsMax)
    return tooMany(`a request has ${LIMITS.scimOperationsMax} operations at most`);
  let next = resource;
  for (const operation of operations as readonly unknown[]) {
    const changed = withOperation(next, operation, attributes);
    if (changed instanceof Refusal) return changed;
    next = changed;
  }
  return next;
}

function withOperation<R>(resource: R, operation: unknown, attributes: Attributes<R>): R | Refusal {
  if (!isObject(operation))
    return refuse('invalidSyntax', `an operation is an object, not ${quoted(operation)}`);
  const op = opOf(operation['op']);
  if (op instanceof Refusal) return op;
  const { path = null, value } = operation;
  if (op !== 'remove' && value === undefined)
    return refuse('invalidValue', `missing required "value" of an operation "${op}"`);
  if (path === null || path === '') return withoutPath(resource, op, value, attributes);
  if (typeof path !== 'string') return refuse('invalidPath', `a path is a text, not ${quoted(path)}`);
  if (isSchema(path)) return withSchema(resource, op, path, value, attributes);
  const where = pathOf(path);
  if (where instanceof Refusal) return where;
  if (READ_ONLY.has(where.attribute)) return refuse('mutability', `${where.attribute} cannot be changed`);
  return attributes.get(where.attribute)?.(resource, { ...where, op, value }) ?? resource;
}

const READ_ONLY: ReadonlySet<string> = new Set(['id', 'meta']);

/** In any case: some providers write "Add". */
function opOf(value: unknown): Op | Refusal {
  const op = typeof value === 'string' ? value.toLowerCase() : value;
  if (op === 'add' || op === 'replace' || op === 'remove') return op;
  return refuse('invalidSyntax', `"op" is add, replace or remove, not ${quoted(value)}`);
}

function withoutPath<R>(resource: R, op: Op, value: unknown, attributes: Attributes<R>): R | Refusal {
  if (op === 'remove') return refuse('noTarget', 'missing required "path" of an operation "remove"');
  if (!isObject(value))
    return refuse('invalidValue', `without a path, "value" is an object of attributes, not ${quoted(value)}`);
  return withBody(resource, value, attributes, op);
}

/** A whole extension. */
function withSchema<R>(
  resource: R,
  op: Op,
  schema: string,
  value: unknown,
  attributes: Attributes<R>,
): R | Refusal {
  if (op !== 'remove')
    return withoutPath(resource, op, isObject(value) ? { [schema]: value } : value, attributes);
  let next = resource;
  for (const [name, change] of attributes) {
    if (!name.startsWith(`${schema.toLowerCase()}:`)) continue;
    const changed = change(next, { op, which: null, sub: null, value: undefined });
    if (changed instanceof Refusal) return changed;
    next = changed;
  }
  return next;
}
