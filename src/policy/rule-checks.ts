import type { Catalogue } from '../ports/catalogue.ts';
import { connectorOf } from './catalogue/connectors.ts';
import { EXCEPTION } from './catalogue/entitlement-checks.ts';
import type { Finding } from './catalogue/entries.ts';
import { obligationsOf } from './cedar/annotations.ts';
import { groupsMentioned } from './cedar/membership.ts';
import type { Policies, PolicyRule } from './cedar/policies.ts';
import { expectedOneOf, shown } from './problems.ts';

const FREEZE = 'freeze';

/** What exceptions override must be there to be overridden. */
export function overrideErrors(catalogue: Catalogue, policies: Policies | null): readonly Finding[] {
  const known = [FREEZE, ...(policies?.rules.keys() ?? [])];
  return [...catalogue.entitlements.values()].flatMap((entitlement) => {
    const { overrides } = entitlement.scope;
    const isException = connectorOf(entitlement, catalogue)?.use === EXCEPTION;
    if (!isException || typeof overrides !== 'string' || known.includes(overrides)) return [];
    const message = `unknown policy ${shown(overrides)}; ${expectedOneOf(overrides, known)}`;
    return [{ path: ['entitlements', entitlement.id, 'scope', 'overrides'], message }];
  });
}

/** Policies that give rights to, or by the consent of, groups that are for telling people only. */
export function tellingOnlyErrors(
  catalogue: Catalogue,
  policies: Policies,
): readonly { readonly rule: PolicyRule; readonly message: string }[] {
  const telling = [...catalogue.groups.values()].flatMap(({ key, source }) =>
    source.kind === 'slack' && !source.counts ? [key] : [],
  );
  return [...policies.rules.values()].flatMap((rule) => {
    const demanded = obligationsOf(rule.annotations).stages.map(({ group }) => group);
    const named = new Set([...groupsMentioned(rule.json), ...demanded]);
    return telling
      .filter((group) => named.has(group))
      .map((group) => ({
        rule,
        message: `${group} is a Slack user group for telling people only; say counts: true in the catalogue, or name another group`,
      }));
  });
}
