import type { RequestState } from '../../src/domain/state.ts';
import type { Intent } from '../../src/ports/intent.ts';
import { DRAFT, SECOND, type World } from './world.ts';

const STEPS_MAX = 2_000;

/**
 * Plays one request from its submission to its proof as people would: what has not come about is done again. A
 * process that dies on the way is followed by another.
 */
export async function playLife(world: World): Promise<RequestState> {
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (world.fuse.isBlown) await world.restart();
    const [state, ...others] = await world.requests();
    if (others.length > 0) throw new Error(`one life became ${others.length + 1} requests`);
    if (state?.phase === 'revoked' && world.due().length === 0) return state;
    const act = nextAct(state ?? null);
    if (act === null) await world.clock.moveBy(SECOND);
    else await Promise.race([world.as(...act), world.fuse.blown]);
  }
  throw new Error(`a life without end: ${JSON.stringify(world.due())}`);
}

function nextAct(state: RequestState | null): [string, Intent] | null {
  if (state === null) return ['ana', { kind: 'submit', draft: { ...DRAFT, duration: '10s' } }];
  const { id, phase, ballot, grant, extension } = state;
  if (phase === 'requested') {
    const person = ballot.approvals.length === 0 ? 'cleo' : 'dev';
    return [person, { kind: 'approve', request: id, shown: ballot.shown, shortenToMs: null, comment: null }];
  }
  if (phase !== 'active' || grant === null) return null;
  if (grant.secret === 'sealed') return ['ana', { kind: 'reveal', request: id }];
  if (grant.warnedAt !== null && grant.extensions === 0 && extension === null)
    return ['ana', { kind: 'extend', request: null, extraMs: 5 * SECOND }];
  return null;
}
