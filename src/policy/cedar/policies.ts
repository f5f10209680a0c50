/** Cedar's actions: what is asked of the rules. */
export type CedarAction =
  | 'request'
  | 'autoApprove'
  | 'demand'
  | 'approve'
  | 'breakGlass'
  | 'activate'
  | 'extend'
  | 'revoke';

/** JSON as Cedar takes it: no null, no fractions. */
export type CedarValue =
  | boolean
  | number
  | string
  | CedarValue[]
  | { [key: string]: CedarValue }
  | { __entity: { type: string; id: string } };

export interface CedarEntity {
  readonly uid: { readonly type: string; readonly id: string };
  readonly attrs: Readonly<Record<string, CedarValue>>;
  readonly parents: readonly { readonly type: string; readonly id: string }[];
  readonly tags?: Readonly<Record<string, CedarValue>>;
}

export interface CedarQuestion {
  readonly action: CedarAction;
  /** Key of a person. */
  readonly principal: string;
  /** Id of an entitlement. */
  readonly resource: string;
  readonly context: Readonly<Record<string, CedarValue>>;
  /** The principal, its groups, the resource and its parents; nothing else. */
  readonly entities: readonly CedarEntity[];
  /** Groups of which it cannot be told whether the principal is in them. A rule that turns on one makes it a no. */
  readonly untold: readonly string[];
}

/** `allowed` is false as well whenever anything went wrong; `errors` then says what. `ids`: sorted, by `@id`. */
export interface CedarAnswer {
  readonly allowed: boolean;
  readonly ids: readonly string[];
  readonly errors: readonly string[];
  /** The group that a rule turns on and that cannot be told. `errors` says so too, and `ids` names the rule. */
  readonly untold?: string;
}

/** One policy as written: its id, its annotations, where it stands. */
export interface PolicyRule {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly annotations: Readonly<Record<string, string>>;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** Cedar's JSON of it, for lints and diffs. */
  readonly json: unknown;
}

/** A validated set of policies. `ask` is synchronous and bounded; it never throws. */
export interface Policies {
  readonly rules: ReadonlyMap<string, PolicyRule>;
  ask(question: CedarQuestion): CedarAnswer;
}
