import { readFileSync } from 'node:fs';
import type { OcsfVersion } from '../../src/siem/ocsf.ts';

interface Definition {
  /** `type[] requirement`, and `deprecated` where it is so. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly enums?: Readonly<
    Record<string, { readonly caption: string | null; readonly values: Readonly<Record<string, string>> }>
  >;
  readonly constraints?: {
    readonly at_least_one?: readonly string[];
    readonly just_one?: readonly string[];
  };
}

export interface OcsfSchema {
  readonly version: string;
  readonly types: Readonly<Record<string, { readonly type?: string }>>;
  readonly classes: Readonly<Record<string, Definition & { readonly name: string }>>;
  readonly objects: Readonly<Record<string, Definition>>;
}

export const schemaOf = (version: OcsfVersion): OcsfSchema =>
  JSON.parse(readFileSync(new URL(`../vectors/ocsf-${version}.json`, import.meta.url), 'utf8'));

type Json = Readonly<Record<string, unknown>>;

/** Everything about an event that its class does not allow. Nothing, for one that may be sent. */
export function wrongIn(schema: OcsfSchema, event: Json): readonly string[] {
  const found = schema.classes[String(event['class_uid'])];
  if (found === undefined) return [`class_uid: no class ${String(event['class_uid'])}`];
  const { class_uid: cls, activity_id: activity, type_uid: type } = event;
  const sum = type === Number(cls) * 100 + Number(activity) ? [] : ['type_uid: is not class and activity'];
  return [...sum, ...inDefinition(schema, found, event, '')];
}

function inDefinition(schema: OcsfSchema, definition: Definition, value: Json, at: string): string[] {
  const wrong = Object.keys(value).flatMap((name) => {
    const declared = definition.attributes[name];
    const where = `${at}${name}`;
    if (declared === undefined) return [`${where}: unknown attribute`];
    const [type = '', , deprecated] = declared.split(' ');
    if (deprecated !== undefined) return [`${where}: deprecated`];
    return [...inAttribute(schema, type, value[name], where), ...inEnum(definition, name, value, where)];
  });
  for (const [name, declared] of Object.entries(definition.attributes))
    if (declared.split(' ')[1] === 'required' && value[name] === undefined)
      wrong.push(`${at}${name}: missing`);
  const { at_least_one: some = [], just_one: one = [] } = definition.constraints ?? {};
  const has = (name: string): boolean => value[name] !== undefined;
  if (some.length > 0 && !some.some(has)) wrong.push(`${at}: none of ${some.join(', ')}`);
  if (one.length > 0 && one.filter(has).length !== 1) wrong.push(`${at}: not one of ${one.join(', ')}`);
  return wrong;
}

/** An enumerated number must be one of those there are, and the label beside it must be its caption. */
function inEnum({ enums = {} }: Definition, name: string, value: Json, where: string): string[] {
  const known = enums[name];
  if (known === undefined) return [];
  const caption = known.values[String(value[name])];
  if (caption === undefined) return [`${where}: ${String(value[name])} is no value of it`];
  const label = known.caption === null ? undefined : value[known.caption];
  // 99, Other: the label is the source's own.
  if (label === undefined || value[name] === 99 || label === caption) return [];
  return [`${where}: is called ${JSON.stringify(label)}, not ${caption}`];
}

function inAttribute(schema: OcsfSchema, type: string, value: unknown, where: string): string[] {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${where}: no array`];
    return value.flatMap((item, i) => inAttribute(schema, type.slice(0, -2), item, `${where}[${i}]`));
  }
  const definition = schema.objects[type];
  if (definition !== undefined) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${where}: no object`];
    // `object` is the one that may hold anything.
    return type === 'object' ? [] : inDefinition(schema, definition, value as Json, `${where}.`);
  }
  return inScalar(schema, type, value) ? [] : [`${where}: ${String(value)} is no ${type}`];
}

function inScalar(schema: OcsfSchema, type: string, value: unknown): boolean {
  const base = schema.types[type]?.type ?? type;
  switch (base) {
    case 'string_t':
      return typeof value === 'string' && value !== '';
    case 'integer_t':
    case 'long_t':
      return Number.isSafeInteger(value);
    case 'boolean_t':
      return typeof value === 'boolean';
    default:
      return false;
  }
}
