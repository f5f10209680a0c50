import { formatDuration } from '../domain/duration.ts';
import type { Stage } from '../domain/values.ts';
import { type NoReason, stagesText } from '../policy/cases/judgement.ts';
import type { Rules } from '../policy/rules.ts';
import { shownPath } from './policy-folder.ts';

/** Why not, in one sentence without its full stop. */
export function reasonText(reason: NoReason): string {
  switch (reason.code) {
    case 'unknown-entitlement':
      return `there is no entitlement ${reason.entitlement}`;
    case 'unknown-person':
      return 'the catalogue names nobody by that key';
    case 'not-eligible':
      return reason.groups.length === 0 ? 'nobody may ask for it' : `not in ${reason.groups.join(' or ')}`;
    case 'nobody-can-approve':
      return `nobody could consent as ${reason.stage} (${reason.group})`;
    case 'stale-groups':
      return `who is in ${reason.group} cannot be told now`;
    case 'step-up-needed':
      return `${reason.rule} wants a second factor within ${formatDuration(reason.withinMs)}`;
    case 'too-long':
      return `at most ${formatDuration(reason.longestMs)} (${reason.rule})`;
    case 'forbidden':
      if (reason.rule === '') return 'no rule permits it';
      return reason.says === undefined
        ? `${reason.rule} forbids it`
        : `${reason.rule}: ${reason.says.replace(/\.$/, '')}`;
  }
}

/** Where a rule stands: `hours.cedar:3`; empty for those of the catalogue. */
export function placeOf({ policies }: Rules, id: string): string {
  const rule = policies?.rules.get(id);
  return rule === undefined ? '' : `${shownPath(rule.file)}:${rule.line}`;
}

export const stageNames = (stages: readonly Stage[], order: 'ordered' | 'parallel'): string =>
  `${stagesText(stages)}${stages.length > 1 ? (order === 'ordered' ? ', in this order' : ', in any order') : ''}`;
