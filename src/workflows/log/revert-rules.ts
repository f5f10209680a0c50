import { checkReason } from '../../domain/consenting.ts';
import { LIMITS } from '../../limits.ts';
import type { Reverted, RevertRefusal } from '../../ports/rules.ts';
import type { Deps } from '../deps.ts';
import { operatorOf } from '../operator.ts';

export interface RevertWanted {
  /** The catalogue's key of an operator. */
  readonly as: string;
  /** The first digits of a version's digest. */
  readonly version: string;
  readonly reason: string;
}

type Refusal =
  | RevertRefusal
  | { readonly code: 'not-an-operator' }
  | { readonly code: 'reason-unfit' }
  | { readonly code: 'log-in-doubt' };

export type RevertAnswer =
  | (Reverted & { readonly kind: 'reverted' })
  | { readonly kind: 'refused'; readonly code: Refusal['code']; readonly said: Words };

interface Words {
  readonly text: string;
  readonly remedy: string;
}

const refused = (refusal: Refusal): RevertAnswer => ({
  kind: 'refused',
  code: refusal.code,
  said: revertWords(refusal),
});

/** An operator goes back to rules that were in force before, by those in force now: they say who is one. */
export async function revertRules(deps: Deps, { as, version, reason }: RevertWanted): Promise<RevertAnswer> {
  if (deps.mode() !== 'full') return refused({ code: 'log-in-doubt' });
  const by = await operatorOf(deps, as);
  if (by === null) return refused({ code: 'not-an-operator' });
  const checked = checkReason(reason);
  if (!checked.ok) return refused({ code: 'reason-unfit' });
  const wanted = { version: version.toLowerCase(), by, reason: checked.text };
  const reverted = await deps.rules.revert(wanted);
  return reverted.kind === 'refused' ? refused(reverted.refusal) : reverted;
}

const short = (digest: string): string => digest.slice(0, 12);

/** Each refusal as the operator reads it: the rule, then what can be done. */
function revertWords(refusal: Refusal): Words {
  const list = 'countersign policy versions lists those that were in force.';
  switch (refusal.code) {
    case 'not-an-operator':
      return {
        text: 'Going back to other rules is for operators.',
        remedy: 'Ask one of those whom the catalogue names.',
      };
    case 'reason-unfit':
      return {
        text: 'It takes a reason, in words that everyone sees alike.',
        remedy: `Say why in plain text, at most ${LIMITS.reasonMaxChars} characters.`,
      };
    case 'log-in-doubt':
      return {
        text: 'The log is not the one whose heads left the house, so no other rules come into force.',
        remedy: 'First settle which log is right; countersign doctor says how.',
      };
    case 'no-such-version':
      return {
        text: `No rules whose digest begins with "${refusal.version.slice(0, 64)}" were ever in force.`,
        remedy: `Give at least ${LIMITS.rulesPrefixMinChars} digits; ${list}`,
      };
    case 'ambiguous-version':
      return {
        text: `"${refusal.version}" could be ${refusal.digests.map(short).join(', ')}.`,
        remedy: `Give more digits; ${list}`,
      };
    case 'in-force-already':
      return { text: `The rules ${short(refusal.digest)} are in force already.`, remedy: list };
    case 'version-not-kept':
      return {
        text: `The files of ${short(refusal.digest)} are not kept any more, or do not say what they said.`,
        remedy: 'Put them into the folder of rules, from where they are under version control.',
      };
    case 'version-unusable':
      return {
        text: `The rules ${short(refusal.digest)} cannot be used now: ${refusal.problem}`,
        remedy: 'Mend what it names, or go back to another version.',
      };
  }
}
