import type { Claim } from '../../ports/store.ts';
import type { Deps } from '../deps.ts';
import { anchorHead } from './anchoring.ts';
import { applyRetention, scrubFiles } from './forget.ts';
import { sealHead } from './seal.ts';
import { streamTo } from './stream.ts';
import type { WorkResult } from '../work.ts';

/** Every kind of due work of the log itself. `stream` of such a row is `log`; `detail.name` says which anchor or follower. */
export type LogWorkKind = 'seal' | 'anchor' | 'stream' | 'retention' | 'scrub';

/** Does one piece of it: the switch is the register. */
export function performForLog(deps: Deps, claim: Claim): Promise<WorkResult> {
  const kind = claim.kind as LogWorkKind;
  switch (kind) {
    case 'seal':
      return sealHead(deps, claim);
    case 'anchor':
      return anchorHead(deps, claim);
    case 'stream':
      return streamTo(deps, claim);
    case 'retention':
      return applyRetention(deps, claim);
    case 'scrub':
      return scrubFiles(deps, claim);
    default:
      throw new Error(`no such due work of the log: ${String(kind satisfies never)}`);
  }
}
