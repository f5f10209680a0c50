import { actionsOf } from './actions.ts';
import { groupsMentioned, resolvedGroups, surely } from './membership.ts';
import type { CedarAction, CedarAnswer, CedarQuestion, Policies, PolicyRule } from './policies.ts';
import { decided, type PolicySet } from './wasm.ts';

/** Policies over rules that were checked. */
export function policiesOf(rules: ReadonlyMap<string, PolicyRule>): Policies {
  const sets = setsByAction(rules);
  const mentioned = mentionedByAction(rules);
  const ask = (question: CedarQuestion) => asked(sets.get(question.action) ?? NO_RULES, question);
  return {
    rules,
    ask(question) {
      if (question.untold.length === 0) return ask(question);
      const names = resolvedGroups([...(mentioned.get(question.action) ?? [])], question);
      return surely(
        ask,
        question,
        question.untold.filter((group) => names.includes(group)),
      );
    },
  };
}

const NO_RULES: PolicySet = {};

/** Every rule names its actions: the others need not be looked at. */
function setsByAction(rules: ReadonlyMap<string, PolicyRule>): ReadonlyMap<CedarAction, PolicySet> {
  const sets = new Map<CedarAction, Record<string, string>>();
  for (const { id, text, json } of rules.values()) {
    for (const action of actionsOf(json) ?? []) {
      const set = sets.get(action) ?? {};
      sets.set(action, set);
      set[id] = text;
    }
  }
  return sets;
}

/** A rule in error is one Cedar leaves out, be it the one that forbids: so any error is a no. */
function asked(set: PolicySet, question: CedarQuestion): CedarAnswer {
  const decision = decided(set, question);
  if ('failed' in decision) return { allowed: false, ids: [], errors: [decision.failed] };
  const { allowed, ids, errors } = decision;
  return { allowed: allowed && errors.length === 0, ids: [...ids].sort(), errors: [...errors].sort() };
}

function mentionedByAction(
  rules: ReadonlyMap<string, PolicyRule>,
): ReadonlyMap<CedarAction, ReadonlySet<string>> {
  const byAction = new Map<CedarAction, Set<string>>();
  for (const { json } of rules.values()) {
    const groups = groupsMentioned(json);
    for (const action of actionsOf(json) ?? []) {
      const known = byAction.get(action) ?? new Set();
      byAction.set(action, known);
      for (const group of groups) known.add(group);
    }
  }
  return byAction;
}
