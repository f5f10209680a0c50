import { type DemandedStage, obligationsOf } from './annotations.ts';
import type { Policies } from './policies.ts';

/** What all the `demand` rules that hold ask for together; null: nothing of the kind. */
export interface Demands {
  /** One for each group or role, with the ids of the rules that want it. */
  readonly stages: readonly (DemandedStage & { readonly ids: readonly string[] })[];
  readonly longestMs: number | null;
  readonly mfaWithinMs: number | null;
  readonly ticketRequired: boolean;
  /** Sorted. */
  readonly ids: readonly string[];
}

const NONE: Demands = { stages: [], longestMs: null, mfaWithinMs: null, ticketRequired: false, ids: [] };

/** Of the `demand` rules with these ids. Throws for an id that is none of them: a demand unread would be one waived. */
export function demandsOf(policies: Policies | null, ids: readonly string[]): Demands {
  return [...ids]
    .sort()
    .map((id) => demandOf(policies, id))
    .reduce(merged, NONE);
}

/** Each adds to the others and none takes away. */
export const mergeDemands = (all: readonly Demands[]): Demands => all.reduce(merged, NONE);

function demandOf(policies: Policies | null, id: string): Demands {
  const rule = policies?.rules.get(id);
  if (rule === undefined) throw new Error(`no rule ${id} among those that were asked`);
  const { stages, ...rest } = obligationsOf(rule.annotations);
  return { ...rest, stages: stages.map((stage) => ({ ...stage, ids: [id] })), ids: [id] };
}

function merged(a: Demands, b: Demands): Demands {
  return {
    stages: mergedStages([...a.stages, ...b.stages]),
    longestMs: shorter(a.longestMs, b.longestMs),
    mfaWithinMs: shorter(a.mfaWithinMs, b.mfaWithinMs),
    ticketRequired: a.ticketRequired || b.ticketRequired,
    ids: union(a.ids, b.ids),
  };
}

/** The largest quorum of each group, in the order in which they were first named. */
function mergedStages(all: Demands['stages']): Demands['stages'] {
  const byGroup = new Map<string, Demands['stages'][number]>();
  for (const stage of all) {
    const known = byGroup.get(stage.group) ?? stage;
    byGroup.set(stage.group, {
      group: stage.group,
      quorum: Math.max(known.quorum, stage.quorum),
      ids: union(known.ids, stage.ids),
    });
  }
  return [...byGroup.values()];
}

const shorter = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

const union = (a: readonly string[], b: readonly string[]): readonly string[] =>
  [...new Set([...a, ...b])].sort();
