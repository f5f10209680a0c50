import type { Phase, RequestState } from '../domain/state.ts';
import type { RequestId, Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Deps } from './deps.ts';
import { handleCommand } from './handle-command.ts';

/** What is given. What is still asked for is refused at its start, as nobody knows the person any more. */
const GIVEN: readonly Phase[] = ['provisioning', 'active'];

/** Ends all that someone has who has left; by the key that the catalogue or the identity provider had for them. */
export async function endAccessOf(deps: Deps, person: string): Promise<void> {
  const requester = await deps.store.known(person);
  if (requester === null) return;
  for await (const state of given(deps, requester)) await end(deps, state);
}

/**
 * Ends what people have whom nobody knows any more: they left the catalogue, or the word that they left came while no
 * bot ran. Swept for, as nothing else would tell of them again.
 */
export async function sweepLeavers(deps: Deps): Promise<void> {
  const left = new Map<Subject, boolean>();
  for await (const state of given(deps)) {
    const { requester } = state;
    const hasLeft = left.get(requester) ?? (await isGone(deps, requester));
    left.set(requester, hasLeft);
    if (hasLeft) await end(deps, state);
  }
}

async function isGone({ store, directory }: Deps, subject: Subject): Promise<boolean> {
  const person = await store.personOf(subject);
  return person === null || (await directory.person(person)) === null;
}

/** Page by page, in an order that new requests do not disturb. */
async function* given({ store }: Deps, requester?: Subject): AsyncGenerator<RequestState> {
  let before: RequestId | undefined;
  for (;;) {
    const query = { phases: GIVEN, limit: LIMITS.listMax, ...(requester !== undefined && { requester }) };
    const page = await store.requests({ ...query, ...(before !== undefined && { before }) });
    yield* page;
    before = page.at(-1)?.id;
    if (before === undefined || page.length < LIMITS.listMax) return;
  }
}

/** One that cannot be ended does not keep the others: it is swept for again. */
async function end(deps: Deps, { id }: RequestState): Promise<void> {
  try {
    const handled = await handleCommand(deps, id, () => ({
      kind: 'revoke',
      at: deps.clock.now(),
      by: null,
      may: true,
      trigger: 'person-left',
      reason: null,
      stamp: deps.policy.stamp(),
    }));
    if (handled.outcome === 'stored') deps.logger.warn({ request: id }, 'someone with access has left');
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    deps.logger.error({ request: id, error: said }, 'access of someone who has left could not be ended');
  }
}
