import { type Erasure, erasureLapsesAt, erasureOf, erasurePhase } from '../../domain/erasure.ts';
import { personStream } from '../../domain/journal.ts';
import type { Claim } from '../../ports/store.ts';
import type { ErasureView, PersonRef } from '../../ports/view.ts';
import type { Deps } from '../deps.ts';
import { placeOf, textsBeside } from './erasure.ts';
import { type Desired, post, settleFaults, shownOn } from '../posting.ts';
import { textsOf } from '../texts.ts';
import { peopleOf } from '../view.ts';
import type { WorkResult } from '../work.ts';

/** Brings the card of a proposal to what has become of it; one that waits is looked at again when it lapses. */
export async function showErasure(deps: Deps, claim: Claim): Promise<WorkResult> {
  const id = claim.stream.replace(/^redaction\//, '');
  const erasure = erasureOf(id, await deps.store.journal(claim.stream));
  const place = placeOf(deps);
  const chat = deps.chats.find(({ platform }) => platform === place?.platform);
  if (erasure === null || place === null || chat === undefined) return { kind: 'complete' };
  const view = await viewOf(deps, erasure);
  const card: Desired = {
    slot: 'erasure',
    conversation: place.conversation,
    direct: null,
    root: null,
    notice: { kind: 'erasure-card', view },
    follows: true,
  };
  const faults = await post(deps, chat, claim.stream, [card], await shownOn(deps, chat, claim.stream));
  const settled = settleFaults(deps, claim, faults);
  return settled.kind === 'complete' && view.phase === 'proposed'
    ? { kind: 'retry', at: view.lapsesAt }
    : settled;
}

async function viewOf(deps: Deps, erasure: Erasure): Promise<ErasureView> {
  const people = peopleOf(deps);
  const { id, proposed, newest, done } = erasure;
  const phase = erasurePhase(erasure, deps.clock.now());
  const { reason } = textsOf(proposed, await deps.store.disclosures(proposed.stream));
  return {
    id,
    phase,
    person: await asRecorded(deps, await people(erasure.subject)),
    by: await people(erasure.by),
    reason: reason ?? { kind: 'redacted', redactedAt: null },
    lapsesAt: erasureLapsesAt(erasure),
    goes: phase === 'proposed' ? await textsBeside(deps, erasure.subject) : null,
    erased: done && {
      by: done.approvedBy && (await people(done.approvedBy)),
      at: done.at,
      texts: done.texts,
    },
    index: newest.index,
    leaf8: newest.leaf.slice(0, 8),
  };
}

/** Whoever has left has no name in the directory any more: the record has it, until they are forgotten. */
async function asRecorded(deps: Deps, person: PersonRef): Promise<PersonRef> {
  if (person.account !== null) return person;
  const introduced = await deps.store.disclosures(personStream(person.subject));
  const name = introduced.find(({ field }) => field === 'name')?.value ?? person.name;
  return { ...person, name };
}
