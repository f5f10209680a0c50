import type { Subject } from '../domain/values.ts';
import type { PolicyEngine } from './policy.ts';

/** What became of the wish to go back to an earlier version. Versions are digests, in hex. */
export type Reverted =
  | { readonly kind: 'reverted'; readonly digest: string; readonly previous: string }
  | { readonly kind: 'refused'; readonly refusal: RevertRefusal };

export type RevertRefusal =
  | { readonly code: 'no-such-version'; readonly version: string }
  | { readonly code: 'ambiguous-version'; readonly version: string; readonly digests: readonly string[] }
  | { readonly code: 'in-force-already'; readonly digest: string }
  /** Its files are not there any more, or do not say what they said. */
  | { readonly code: 'version-not-kept'; readonly digest: string }
  /** They do, and cannot be used now; `problem` in our own words. */
  | { readonly code: 'version-unusable'; readonly digest: string; readonly problem: string };

/** The rules in force, as far as the rest must know of them or may steer them. */
export interface RulesInForce {
  /** What becomes of a grant that a change of the rules would not give any more. */
  onInadmissible(): 'revoke' | 'flag';
  /** What the rules of this digest say, by today's groups; null: they are not kept. */
  engineOf(digest: string): Promise<PolicyEngine | null>;
  /** Goes back to a version, by the first digits of its digest, and stays there until the folder says something new. */
  revert(wanted: {
    readonly version: string;
    readonly by: Subject;
    readonly reason: string;
  }): Promise<Reverted>;
}
