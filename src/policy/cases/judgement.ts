import type { Impact, Stage } from '../../domain/values.ts';
import type { Catalogue } from '../../ports/catalogue.ts';
import type { PolicyReason } from '../../ports/policy.ts';
import { ruleOf } from '../catalogue.ts';
import type { CedarAnswer, CedarQuestion } from '../cedar/policies.ts';
import { firstUnfillable } from '../consent.ts';
import { evaluate, permittedBy } from '../evaluate.ts';
import type { PolicyInput } from '../input.ts';
import type { Rules } from '../rules.ts';

/** What was put to Cedar on the way, in order. */
export interface CedarStep {
  readonly question: CedarQuestion;
  readonly answer: CedarAnswer;
}

/** `allowed`: what needs no consent of anyone (activate, approve, revoke), or takes it afterwards (breakGlass). */
export type Outcome = 'auto-approved' | 'requires-approval' | 'allowed' | 'no-access';

/** Why not. `too-long`: the rules allow it, and not for so long. */
export type NoReason =
  | PolicyReason
  | { readonly code: 'too-long'; readonly longestMs: number; readonly rule: string };

/** What a rule set says to one input, in the terms that people test and compare it by. */
export interface Judgement {
  readonly outcome: Outcome;
  /** Sorted ids of the rules that decided. */
  readonly ids: readonly string[];
  readonly stages: readonly Stage[];
  readonly order: 'ordered' | 'parallel';
  /** Null where nothing is given. */
  readonly longestMs: number | null;
  readonly impact: Impact | null;
  readonly ticketRequired: boolean;
  readonly reason: NoReason | null;
  readonly steps: readonly CedarStep[];
}

/** Keys of those who could fill a stage of that group or role, were it asked for by this input; null: not known. */
export type Holders = (group: string, input: PolicyInput) => readonly string[] | null;

export function judge(rules: Rules, input: PolicyInput, holders: Holders = () => null): Judgement {
  const steps: CedarStep[] = [];
  const watched = { ...rules, policies: watchedPolicies(rules.policies, steps) };
  const gives = input.action !== 'approve' && input.action !== 'revoke';
  const said = gives ? given(watched, input) : voted(watched, input, steps);
  const reason = gives ? unfit(rules, input, said, holders) : null;
  if (reason === null) return { ...said, steps };
  const ids = reason.code === 'too-long' ? [reason.rule] : said.ids;
  return { ...NOTHING, ids, reason, steps };
}

const NOTHING = {
  outcome: 'no-access',
  stages: [],
  order: 'ordered',
  longestMs: null,
  impact: null,
  ticketRequired: false,
  reason: null,
} as const;

type Said = Omit<Judgement, 'steps'>;

/** Each question is put once: on the way to one answer the same is asked again. */
function watchedPolicies(policies: Rules['policies'], steps: CedarStep[]): Rules['policies'] {
  const asked = new Map<string, CedarAnswer>();
  return (
    policies && {
      rules: policies.rules,
      ask(question) {
        const key = `${question.action} ${question.resource}`;
        const before = asked.get(key);
        if (before !== undefined) return before;
        const answer = policies.ask(question);
        asked.set(key, answer);
        steps.push({ question, answer });
        return answer;
      },
    }
  );
}

function given(rules: Rules, input: PolicyInput): Said {
  const said = evaluate(rules, input);
  if (!said.allowed) return { ...NOTHING, ids: said.ids, reason: said.reason };
  const { consent, ids, longestMs, impact, ticketRequired } = said;
  const { stages, order } = consent;
  const asks = input.action === 'request' || input.action === 'extend';
  const needed = consent.autoApprovedBy === null ? 'requires-approval' : 'auto-approved';
  const outcome = asks ? needed : 'allowed';
  return { outcome, ids, stages: asks ? stages : [], order, longestMs, impact, ticketRequired, reason: null };
}

/** Consenting and revoking: the floor has its own say, which the input cannot show; the rules have theirs here. */
function voted(rules: Rules, input: PolicyInput, steps: readonly CedarStep[]): Said {
  const permits = permittedBy(rules, input);
  if (permits !== null) return { ...NOTHING, outcome: 'allowed', ids: permits };
  const refusals = steps.filter(({ answer }) => !answer.allowed);
  const ids = [...new Set(refusals.flatMap(({ answer }) => answer.ids))].sort();
  return { ...NOTHING, ids, reason: { code: 'forbidden', rule: ids[0] ?? '', ...saysOf(rules, ids) } };
}

function saysOf({ policies }: Rules, ids: readonly string[]): { says?: string } {
  const says = ids
    .map((id) => policies?.rules.get(id)?.annotations['says'])
    .find((text) => text !== undefined);
  return says === undefined ? {} : { says };
}

/** What others find wrong with an answer that allows: the decider with its duration, the directory with its stages. */
function unfit(rules: Rules, input: PolicyInput, said: Said, holders: Holders): NoReason | null {
  const { longestMs, outcome, ids, stages } = said;
  if (input.action === 'request' && longestMs !== null && input.durationMs > longestMs) {
    const floor = rules.catalogue.entitlements.get(input.entitlement)?.longestMs;
    const shortens = ids.find((id) => rules.policies?.rules.get(id)?.annotations['longest'] !== undefined);
    const rule = shortens === undefined || longestMs === floor ? ruleOf(input.entitlement) : shortens;
    return { code: 'too-long', longestMs, rule };
  }
  return outcome === 'requires-approval' ? nobodyFor(rules.catalogue, stages, input, holders) : null;
}

function nobodyFor(
  catalogue: Catalogue,
  stages: readonly Stage[],
  input: PolicyInput,
  holders: Holders,
): PolicyReason | null {
  const candidates = stages.map(({ group }) => holders(group, input));
  if (candidates.some((each) => each === null)) return null;
  const without = candidates.map((each) => (each ?? []).filter((key) => key !== input.person.key));
  const index = firstUnfillable(stages, without);
  const stage = index === null ? undefined : stages[index];
  if (stage === undefined) return null;
  const group = catalogue.groups.get(stage.group)?.title ?? stage.group;
  return { code: 'nobody-can-approve', stage: stage.name, group };
}

/** Who fills a stage by the catalogue alone; not known where another source has the group's members. */
export function holdersIn(catalogue: Catalogue): Holders {
  return (group, { person, entitlement }) => {
    const resource = catalogue.resources.get(catalogue.entitlements.get(entitlement)?.resource ?? '');
    const only = (key: string | null | undefined): readonly string[] => (key == null ? [] : [key]);
    if (group === 'role:manager') return only(person.manager);
    if (group === 'role:owner') return only(resource?.owner);
    if (group === 'role:data-owner') return only(resource?.dataOwner);
    const known = catalogue.groups.get(group);
    if (known === undefined) return [];
    return known.source.kind === 'catalogue' ? known.members : null;
  };
}

/** The stages as a short text: `dba 2, security 1`; `none` for none. */
export const stagesText = (stages: readonly Pick<Stage, 'group' | 'quorum'>[]): string =>
  stages.length === 0 ? 'none' : stages.map(({ group, quorum }) => `${group} ${quorum}`).join(', ');
