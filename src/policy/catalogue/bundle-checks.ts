import { sameJson } from '../../domain/values.ts';
import { faultsTogether } from './bundles.ts';
import { candidatesOf } from './candidates.ts';
import { durationsFit, groupsCount, isException, stagesFitTogether } from './entitlement-checks.ts';
import { type Bundle, isBundle, roleIn, type Single } from './entitlements.ts';
import type { Entries, Finding } from './entries.ts';

/** Rules for a bundle; paths are from it on. What is wrong with a part is told at the part. */
export function* bundleErrors(id: string, bundle: Bundle, entries: Entries): Generator<Finding> {
  const flat = entries.flat.get(id);
  const parts = [
    ...partErrors(bundle, entries),
    ...sharedTargets(bundle, entries),
    ...(flat ? othersOwners(bundle, flat, entries) : []),
  ];
  yield* parts;
  if (parts.length > 0 || flat === undefined) return;
  for (const message of faultsTogether(bundle, flat)) yield { path: ['parts'], message };
  for (const { message } of stagesFitTogether(flat, entries)) {
    yield { path: ['parts'], message: `taken together, a stage ${message}` };
  }
  yield* durationsFit({ ...flat, warn: undefined, extension: undefined });
  yield* groupsCount({ ...flat, stages: [] }, entries);
}

/** One credential has one name wherever it is, and holds one scope. */
function* sharedTargets({ parts }: Bundle, entries: Entries): Generator<Finding> {
  const targetOf = (id: string) => connectorIdOf(entries.flat.get(id), entries);
  for (const [index, id] of parts.entries()) {
    const target = targetOf(id);
    const other = parts
      .slice(0, index)
      .find((each) => target !== null && sameTarget(targetOf(each), target, entries));
    if (other === undefined || other === id) continue;
    const message = `${id} and ${other} are both on ${target}, where one credential holds one scope; make one entitlement of the two`;
    yield { path: ['parts', index], message };
  }
}

const connectorIdOf = (part: Single | undefined, { resources }: Entries): string | null =>
  resources.get(part?.resource ?? '')?.connector ?? null;

function sameTarget(a: string | null, b: string, { connectors }: Entries): boolean {
  const [one, two] = [connectors.get(a ?? ''), connectors.get(b)];
  if (a === b || !one || !two) return a === b;
  return one.use === two.use && sameJson(one.config, two.config);
}

/** Who owns a part's resource is asked by that part; in a bundle, roles are those of its one resource. */
function* othersOwners({ parts }: Bundle, flat: Single, entries: Entries): Generator<Finding> {
  for (const [index, id] of parts.entries()) {
    const part = entries.flat.get(id);
    for (const stage of part?.stages ?? []) {
      const role = roleIn(stage.group);
      if (part === undefined || role === null || role === 'manager') continue;
      const [own] = candidatesOf(stage, part, entries, null) ?? [];
      const [asked] = candidatesOf(stage, flat, entries, null) ?? [];
      if (own === asked) continue;
      const message = `${id} asks the ${role} of ${part.resource}, and the bundle would ask that of ${flat.resource}; name a group there instead`;
      yield { path: ['parts', index], message };
    }
  }
}

function* partErrors({ parts }: Bundle, entries: Entries): Generator<Finding> {
  for (const [index, id] of parts.entries()) {
    const part = entries.entitlements.get(id);
    const path = ['parts', index];
    if (part === undefined) continue;
    if (isBundle(part)) yield { path, message: `${id} is a bundle itself; name its parts` };
    else if (isException(part, entries)) {
      yield { path, message: `${id} is an exception to rules, and is asked for by itself` };
    }
  }
}
