import { formatDuration } from '../../domain/duration.ts';
import type { Single } from './entitlements.ts';
import type { Entries, Finding } from './entries.ts';

/** What data of a classification allows, whatever an entitlement says for itself. */
export function* limitsHold(single: Single, { resources, limits }: Entries): Generator<Finding> {
  const level = resources.get(single.resource)?.classification;
  if (level === undefined) return;
  const { longestMs, approvals } = limits[level];
  if (longestMs !== null) yield* staysWithin(single, longestMs, `${level} data allows`);
  if (single.stages.length === 0 && single.approval === undefined) return;
  const wanted = single.stages.reduce((sum, { quorum }) => sum + quorum, 0);
  if (approvals !== null && wanted < approvals) {
    const count = wanted === 1 ? '1 approval' : `${wanted} approvals`;
    const path = [single.approval === undefined ? 'stages' : 'approval'];
    yield { path, message: `${count} < ${approvals} that ${level} data wants` };
  }
}

/** More time without new consent is time of the same consent. */
function* staysWithin({ longest, extension }: Single, capMs: number, by: string): Generator<Finding> {
  const cap = `the ${formatDuration(capMs)} that ${by}`;
  if (longest > capMs) {
    yield { path: ['longest'], message: `${formatDuration(longest)} is beyond ${cap}` };
  } else if (extension?.consent === 'automatic' && longest + extension.times * extension.longest > capMs) {
    const more = `${extension.times} × ${formatDuration(extension.longest)}`;
    const message = `${formatDuration(longest)} and ${more} more without new consent are beyond ${cap}`;
    yield { path: ['extension'], message };
  }
}
