import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toEcs } from '../../src/siem/ecs.ts';
import type { Source } from '../../src/siem/record.ts';
import { ANN, ASKER } from '../domain/facts.ts';
import { CANARY, SAMPLES, sample } from './samples.ts';

interface Vector {
  readonly version: string;
  readonly fields: Readonly<Record<string, { type: string; array?: boolean; values?: readonly string[] }>>;
  readonly expectedTypes: Readonly<Record<string, readonly string[]>>;
}
const ECS: Vector = JSON.parse(readFileSync(new URL('../vectors/ecs-9.4.0.json', import.meta.url), 'utf8'));

const SOURCE: Source = { origin: 'log.test/countersign', version: '1.2.3', names: new Map() };
const NAMED: Source = { ...SOURCE, names: new Map([[ASKER, 'Asker Name']]) };
type Json = Readonly<Record<string, unknown>>;
const mapped = (name: string, source = SOURCE): Json =>
  JSON.parse(JSON.stringify(toEcs(sample(name), source)));

/** `a.b` → value, as far down as ECS has fields. */
function fieldsOf(value: Json, at = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = `${at}${name}`;
    const nested = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    return nested && ECS.fields[path] === undefined ? fieldsOf(inner as Json, `${path}.`) : [[path, inner]];
  });
}

const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  keyword: (value) => typeof value === 'string' && value !== '',
  match_only_text: (value) => typeof value === 'string',
  long: Number.isSafeInteger,
  date: (value) => new Date(String(value)).toISOString() === value,
  object: (value) => Object.values(value as object).every((inner) => typeof inner === 'string'),
};

function wrongIn(event: Json): readonly string[] {
  return fieldsOf(event).flatMap(([path, value]) => {
    const field = ECS.fields[path];
    if (field === undefined) return [`${path} is no field of ECS`];
    if (Array.isArray(value) !== (field.array ?? false)) return [`${path} is one for many, or many for one`];
    return [value].flat().flatMap((one) => {
      const known = field.values?.includes(String(one)) ?? true;
      return known && FITS[field.type]?.(one) ? [] : [`${path} may not be ${String(one)}`];
    });
  });
}

describe.each(Object.keys(SAMPLES))('%s in ECS', (name) => {
  it('has fields of ECS alone, each of its type and with values it may have', () => {
    expect(wrongIn(mapped(name))).toEqual([]);
    expect(wrongIn(mapped(name, NAMED))).toEqual([]);
  });

  it('is of types that go with its category', () => {
    const { category, type } = mapped(name)['event'] as { category: string[]; type: string[] };
    for (const one of type) expect(ECS.expectedTypes[category[0] ?? '']).toContain(one);
  });

  it('says nothing that someone typed', () => {
    expect(JSON.stringify(mapped(name))).not.toContain(CANARY);
  });
});

it('refuses a field that ECS has not, and a value that its field may not have', () => {
  expect(wrongIn({ event: { mood: 'good' } })).toEqual(['event.mood is no field of ECS']);
  expect(wrongIn({ event: { outcome: 'fine' } })).toEqual(['event.outcome may not be fine']);
  expect(wrongIn({ labels: { nested: {} } })).toEqual(['labels may not be [object Object]']);
});

it('tells a grant: who consented, who has it, when it ends', () => {
  expect(mapped('CredentialIssued')).toMatchObject({
    ecs: { version: ECS.version },
    event: { action: 'credential-issued', outcome: 'success', category: ['iam'], type: ['user', 'change'] },
    user: { id: ANN, target: { id: ASKER } },
    related: { user: [ANN, ASKER] },
    labels: {
      request: 'req_000000000001',
      entitlement: 'orders-db:read',
      expires_at: '2026-11-20T10:00:00.000Z',
    },
  });
});

it('tells membership by its group, and a failure by its reason', () => {
  expect(mapped('membership given')).toMatchObject({
    event: { type: ['group', 'change'] },
    group: { name: 'db-readers' },
  });
  expect(mapped('RevocationFailed')).toMatchObject({ event: { outcome: 'failure', reason: 'unreachable' } });
});

it.each([
  ['CatalogueLoaded', 'configuration', 'change'],
  ['LogRead', 'configuration', 'access'],
  ['a retired key', 'configuration', 'change'],
  ['PersonIntroduced', 'iam', 'creation'],
  ['SecretRevealed', 'iam', 'info'],
  ['DisclosuresRedacted', 'iam', 'deletion'],
])('files %s under %s, %s', (name, category, type) => {
  expect(mapped(name)).toMatchObject({ event: { category: [category], type: [type] } });
});

it('names people only where it is given names', () => {
  expect(mapped('CredentialIssued', NAMED)).toMatchObject({
    user: { target: { id: ASKER, name: 'Asker Name' } },
    related: { user: [ANN, ASKER, 'Asker Name'] },
  });
  expect(JSON.stringify(mapped('CredentialIssued'))).not.toContain('Asker Name');
});
