import type { Classification, ConnectorSnapshot, Json, Stage } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import { type Bundle, isBundle, type Single, warnOf } from './entitlements.ts';
import { BUNDLE, type Entry } from './schema.ts';

/** What of the file a bundle is made from. */
export interface PartsOf {
  readonly entitlements: ReadonlyMap<string, Entry<'entitlements'>>;
  readonly resources: ReadonlyMap<string, Entry<'resources'>>;
  readonly connectors: ReadonlyMap<string, Entry<'connectors'>>;
}

interface Part {
  readonly id: string;
  readonly entry: Single;
  readonly resource: Entry<'resources'>;
  readonly connector: ConnectorSnapshot;
}

const LEVELS: readonly Classification[] = ['public', 'internal', 'confidential', 'restricted'];
const TICKETS = ['none', 'optional', 'required'] as const;

/**
 * A bundle as the one entitlement that it is to whoever asks and consents: the strictest of its parts in each of
 * their terms. Null where a part is not right itself, which is told there.
 */
export function flatten(bundle: Bundle, from: PartsOf): Single | null {
  const parts = partsOf(bundle, from);
  const [first] = parts;
  if (first === undefined || parts.length < bundle.parts.length) return null;
  const entries = parts.map(({ entry }) => entry);
  const most = (measure: (part: Part) => number) =>
    parts.reduce((best, part) => (measure(part) > measure(best) ? part : best), first);
  const least = (measure: (entry: Single) => number) => Math.min(...entries.map(measure));
  const automatic = entries.every(({ approval }) => approval === 'automatic');
  const ticketOf = (each: Pick<Single, 'ticket'>) => TICKETS.indexOf(each.ticket);
  const longest = least((entry) => entry.longest);
  return {
    title: bundle.title,
    description: bundle.description,
    resource: most(({ resource }) => LEVELS.indexOf(resource.classification)).entry.resource,
    scope: { parts: parts.map(scopeOf) },
    longest,
    durations: bundle.durations,
    warn: least(warnOf),
    lapse: least(({ lapse }) => lapse),
    remind: soonest(entries.map(({ remind }) => remind)),
    requesters: bundle.requesters,
    stages: stagesOf(entries),
    order: entries.some(({ order }) => order === 'ordered') ? 'ordered' : 'parallel',
    ...(automatic && { approval: 'automatic' as const }),
    justification: {
      template: bundle.justification.template,
      minimum: Math.max(bundle.justification.minimum, ...entries.map((e) => e.justification.minimum)),
    },
    ticket: TICKETS[Math.max(ticketOf(bundle), ...entries.map(ticketOf))] ?? 'required',
    extension: extensionOf(entries, longest),
    privilege: entries.some((entry) => entry.privilege === 'build-time') ? 'build-time' : 'run-time',
    consequences: bundle.consequences ?? [...new Set(entries.flatMap((entry) => entry.consequences))],
  };
}

function partsOf({ parts }: Bundle, { entitlements, resources, connectors }: PartsOf): readonly Part[] {
  return parts.flatMap((id) => {
    const entry = entitlements.get(id);
    if (entry === undefined || isBundle(entry)) return [];
    const resource = resources.get(entry.resource);
    const connector = resource && connectors.get(resource.connector);
    if (!resource || !connector) return [];
    const { use, config } = connector;
    return [{ id, entry, resource, connector: { id: resource.connector, use, config } }];
  });
}

const scopeOf = ({ id, entry, connector }: Part): Json => ({
  id,
  connector: connector.id,
  scope: entry.scope,
});

/** Where each part leads: so that what was given can be taken back though the catalogue has changed. */
export const bundleConnector = (id: string, bundle: Bundle, from: PartsOf): ConnectorSnapshot => ({
  id: `${BUNDLE}:${id}`,
  use: BUNDLE,
  config: {
    parts: partsOf(bundle, from).map((part) => ({ id: part.id, connector: { ...part.connector } })),
  },
});

const soonest = (reminders: readonly (number | null)[]): number | null => {
  const some = reminders.filter((each) => each !== null);
  return some.length === 0 ? null : Math.min(...some);
};

/** As many of each group as any part asks for. A group that a part asks twice is asked for both at once. */
function stagesOf(entries: readonly Single[]): Stage[] {
  const merged = new Map<string, Stage>();
  for (const entry of entries) {
    for (const [group, stage] of byGroup(entry.stages)) {
      const known = merged.get(group);
      merged.set(group, known ? { ...known, quorum: Math.max(known.quorum, stage.quorum) } : stage);
    }
  }
  return [...merged.values()].map((stage) => withEscalation(stage, entries));
}

function byGroup(stages: readonly Stage[]): ReadonlyMap<string, Stage> {
  const groups = new Map<string, Stage>();
  for (const { name, group, quorum } of stages) {
    const known = groups.get(group);
    groups.set(group, { name: known?.name ?? name, group, quorum: quorum + (known?.quorum ?? 0) });
  }
  return groups;
}

/** To others only where every part that asks the group says so, to the same ones, and not before the last of them. */
function withEscalation(stage: Stage, entries: readonly Single[]): Stage {
  const all = entries.flatMap(({ stages }) => stages.filter(({ group }) => group === stage.group));
  const to = all[0]?.escalation?.group;
  if (to === undefined || all.some(({ escalation }) => escalation?.group !== to)) return stage;
  const afterMs = Math.max(...all.map(({ escalation }) => escalation?.afterMs ?? 0));
  const lapse = Math.min(...entries.map((entry) => entry.lapse));
  return afterMs < lapse ? { ...stage, escalation: { afterMs, group: to } } : stage;
}

function extensionOf(entries: readonly Single[], longest: number): Single['extension'] {
  const all = entries.map(({ extension }) => extension).filter((each) => each !== undefined);
  if (all.length < entries.length) return undefined;
  return {
    longest: Math.min(longest, ...all.map((each) => each.longest)),
    times: Math.min(...all.map(({ times }) => times)),
    consent: all.every(({ consent }) => consent === 'automatic') ? 'automatic' : 'stages',
  };
}

/** What is wrong with the parts taken together, which none of them shows alone. */
export function* faultsTogether(bundle: Bundle, flat: Single): Generator<string> {
  if (flat.stages.length > LIMITS.stagesMax) {
    yield `need ${flat.stages.length} stages between them; at most ${LIMITS.stagesMax} fit`;
  }
  if (bundle.consequences === undefined && flat.consequences.length > LIMITS.consequencesMax) {
    yield `have ${flat.consequences.length} consequences between them; expected the bundle's own, at most ${LIMITS.consequencesMax}`;
  }
  for (const [index, { name }] of flat.stages.entries()) {
    const other = flat.stages.findIndex((stage) => stage.name === name);
    if (other < index) yield `have two stages "${name}" of different groups; rename one of them`;
  }
}
