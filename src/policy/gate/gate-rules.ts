/** What the gate looks at, by the stable id of each rule. */
export const GATE_RULES = {
  'gate/rules-refused': 'The new rules must load',
  'gate/lifetime-exceeds-limit':
    'No access lasts longer than the limit for its classification, as it was before',
  'gate/approvals-below-limit':
    'No fewer people consent than the limit for its classification wants, as it was before',
  'gate/classification-lowered': 'Nothing counts as less sensitive than before',
  'gate/extension-grows': 'No access may be lengthened by more, or more often',
  'gate/ticket-dropped': 'What took a ticket still does',
  'gate/wildcard-scope': 'A scope names exactly what it gives',
  'gate/scope-grows': 'A connector gives nothing that it did not give before',
  'gate/target-changes': 'A connector leads where it led before',
  'gate/newly-allowed': 'Nothing is newly allowed without an approved exception',
  'gate/fewer-approvals': 'Nothing is allowed with fewer approvals without an approved exception',
  'gate/consent-widened': 'Nobody newly consents without an approved exception',
  'gate/limits-loosened': 'Limits are not loosened',
  'gate/inadmissible-loosened': 'What becomes inadmissible is still revoked',
  'gate/forbid-removed': 'Rules that forbid are not removed or turned round',
  'gate/policies-removed': 'Policies still decide',
  'gate/members-elsewhere': 'Who is in a group is said by the source that said it before',
  'gate/people-trusted': 'Nobody new acts as someone, operates or audits, and no other workspace takes part',
} as const;
export type GateRule = keyof typeof GATE_RULES;

/** `at`: where in the new catalogue, as a path of its YAML; or a policy's id. */
export interface GateFinding {
  readonly rule: GateRule;
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
  readonly at: { readonly path: readonly (string | number)[] } | { readonly policy: string };
}
