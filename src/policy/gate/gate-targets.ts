import { formatDuration } from '../../domain/duration.ts';
import { classification, type Json } from '../../domain/values.ts';
import type { Catalogue, CatalogueEntitlement } from '../../ports/catalogue.ts';
import { digestOf } from '../catalogue.ts';
import type { GateFinding } from './gate-rules.ts';

const LOOK = 'Have whoever answers for the target look at it; then merge it with that on record.';

const AGREED = 'Keep it, or have whoever answers for the data agree to it on record.';

/** What an entitlement gives that was not given before, for longer, or as something less sensitive. */
export function grownGrants(
  before: Catalogue,
  after: Catalogue,
  entitlement: CatalogueEntitlement,
): readonly GateFinding[] {
  return [
    ...wildcards(entitlement),
    ...grownScope(before, after, entitlement),
    ...grownParts(before, entitlement),
    ...grownExtension(before, entitlement),
    ...droppedTicket(before, entitlement),
    ...lowered(before, after, entitlement),
  ];
}

function wildcards({ id, scope }: CatalogueEntitlement): readonly GateFinding[] {
  return leavesOf(scope)
    .filter(([, value]) => value.includes('*'))
    .map(([path]) => ({
      rule: 'gate/wildcard-scope',
      subject: `entitlement ${id}`,
      message: `wildcard scope: ${path.join('.')}`,
      remedy: 'Name exactly what it gives.',
      at: { path: ['entitlements', id, 'scope', ...path] },
    }));
}

type Leaf = readonly [path: readonly string[], value: string];

/** What a scope says, value by value, and where. */
function leavesOf(
  value: Json | Readonly<Record<string, Json>>,
  path: readonly string[] = [],
): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((each) => leavesOf(each, path));
  if (typeof value !== 'object' || value === null)
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, each]) => leavesOf(each, [...path, name]));
}

const leafText = ([path, value]: Leaf): string => `${path.join('.')}: ${value}`;

/** What one scope gives beyond another, in words: values that are new, and bounds that are gone. */
function beyond(scope: readonly Leaf[], known: readonly Leaf[]): readonly Leaf[] {
  const said = new Set(known.map(leafText));
  const bounded = new Set(scope.map(([path]) => path.join('.')));
  return [
    ...scope.filter((leaf) => !said.has(leafText(leaf))),
    ...known.filter(([path]) => !bounded.has(path.join('.'))).map(([path]): Leaf => [path, 'anything']),
  ];
}

/** An entitlement is held against itself as it was; a new one against each of its connector's, whichever is nearest. */
function grownScope(
  before: Catalogue,
  after: Catalogue,
  { id, resource, scope, parts }: CatalogueEntitlement,
): readonly GateFinding[] {
  if (parts.length > 0) return [];
  const connector = after.resources.get(resource)?.connector;
  const given = [...before.entitlements.values()].filter(
    (each) => before.resources.get(each.resource)?.connector === connector,
  );
  const own = before.entitlements.has(id) ? given.filter((each) => each.id === id) : given;
  const leaves = leavesOf(scope);
  const [grown = leaves] = own
    .map((each) => beyond(leaves, leavesOf(each.scope)))
    .toSorted((a, b) => a.length - b.length);
  const known = new Set(given.flatMap((each) => leavesOf(each.scope).map(leafText)));
  return grown.map((leaf) => ({
    rule: 'gate/scope-grows',
    subject: `entitlement ${id}`,
    message: `${connector} gives ${leafText(leaf)}, which it gave ${known.has(leafText(leaf)) ? 'by another entitlement alone' : 'nobody before'}`,
    remedy: LOOK,
    at: { path: ['entitlements', id, 'scope', ...leaf[0]] },
  }));
}

function grownParts(before: Catalogue, { id, parts }: CatalogueEntitlement): readonly GateFinding[] {
  const old = before.entitlements.get(id);
  if (old === undefined) return [];
  return parts
    .filter((part) => !old.parts.includes(part))
    .map((part) => ({
      rule: 'gate/scope-grows',
      subject: `entitlement ${id}`,
      message: `it gives ${part} as well`,
      remedy: LOOK,
      at: { path: ['entitlements', id, 'parts'] },
    }));
}

function grownExtension(before: Catalogue, { id, extension }: CatalogueEntitlement): readonly GateFinding[] {
  const old = before.entitlements.get(id)?.extension;
  const isMore = old !== undefined && (extension.most > old.most || extension.longestMs > old.longestMs);
  if (!isMore || extension.most === 0) return [];
  const words = ({ most, longestMs }: typeof extension): string =>
    most === 0 ? 'none' : `${formatDuration(longestMs)}, ${most} times`;
  return [
    {
      rule: 'gate/extension-grows',
      subject: `entitlement ${id}`,
      message: `extension ${words(old)} → ${words(extension)}`,
      remedy: AGREED,
      at: { path: ['entitlements', id, 'extension'] },
    },
  ];
}

function droppedTicket(before: Catalogue, { id, ticket }: CatalogueEntitlement): readonly GateFinding[] {
  if (before.entitlements.get(id)?.ticket !== 'required' || ticket === 'required') return [];
  return [
    {
      rule: 'gate/ticket-dropped',
      subject: `entitlement ${id}`,
      message: `ticket required → ${ticket}`,
      remedy: AGREED,
      at: { path: ['entitlements', id, 'ticket'] },
    },
  ];
}

const RANKS = classification.options;

/** What is less sensitive has a looser limit, and rules that ask for its level let it through. */
function lowered(
  before: Catalogue,
  after: Catalogue,
  { id, resource }: CatalogueEntitlement,
): readonly GateFinding[] {
  const old = before.resources.get(before.entitlements.get(id)?.resource ?? '')?.classification;
  const now = after.resources.get(resource)?.classification;
  if (old === undefined || now === undefined || RANKS.indexOf(now) >= RANKS.indexOf(old)) return [];
  return [
    {
      rule: 'gate/classification-lowered',
      subject: `entitlement ${id}`,
      message: `${old} → ${now}`,
      remedy: AGREED,
      at: { path: ['resources', resource, 'classification'] },
    },
  ];
}

/** Of what is in a configuration nothing is told. */
export function movedTargets(before: Catalogue, after: Catalogue): readonly GateFinding[] {
  return [...after.connectors.values()]
    .filter((each) => before.connectors.has(each.id))
    .filter((each) => digestOf(each) !== digestOf(before.connectors.get(each.id)))
    .map(({ id }) => ({
      rule: 'gate/target-changes',
      subject: `connector ${id}`,
      message: 'its configuration is another: what it gives may be on another target',
      remedy: LOOK,
      at: { path: ['connectors', id] },
    }));
}
