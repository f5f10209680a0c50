import { requestId } from '../domain/values.ts';
import type { Deps } from './deps.ts';
import { handleCommand } from './handle-command.ts';

/** Ends a grant because something outside said so; what has ended already stays as it is. */
export async function revokeBySignal(deps: Deps, request: string): Promise<void> {
  const id = requestId.safeParse(request);
  if (!id.success) return;
  await handleCommand(deps, id.data, () => ({
    kind: 'revoke',
    at: deps.clock.now(),
    by: null,
    may: true,
    trigger: 'signal-received',
    reason: null,
    stamp: deps.policy.stamp(),
  }));
}
