import { checkReason } from '../../domain/consenting.ts';
import { checkAgreement, checkProposal, erasureOf, type ForgettingRefusal } from '../../domain/erasure.ts';
import { redactionStream } from '../../domain/journal.ts';
import type { RequestId, Subject } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import type { Channel } from '../../ports/directory.ts';
import type { DueRow } from '../../ports/store.ts';
import type { ForgottenTexts } from '../../ports/view.ts';
import type { Deps } from '../deps.ts';
import { scrubRow } from './forget.ts';
import { firstIndex, found, record } from './journal.ts';
import { LIVE } from '../lists.ts';
import { operatorOf } from '../operator.ts';

type Refused = { readonly kind: 'refused'; readonly refusal: ForgettingRefusal };
const refused = (refusal: Refused['refusal']): Refused => ({ kind: 'refused', refusal });

export type Proposed =
  | {
      readonly kind: 'proposed';
      readonly erasure: string;
      readonly goes: ForgottenTexts;
      /** Where another operator agrees; null: at the command line. */
      readonly channel: string | null;
    }
  | Refused;

export type Erased = { readonly kind: 'erased'; readonly index: number; readonly texts: number } | Refused;

/** An operator proposes that a person be forgotten, by the key they have or had in the catalogue. */
export async function proposeErasure(
  deps: Deps,
  wanted: { readonly as: string; readonly person: string; readonly reason: string },
): Promise<Proposed> {
  if (deps.mode() !== 'full') return refused({ code: 'log-in-doubt' });
  const by = await operatorOf(deps, wanted.as);
  const subject = await deps.store.known(wanted.person);
  const open = subject === null ? [] : await openRequestsOf(deps, subject);
  const refusal = checkProposal({ isOperator: by !== null, subject, open });
  if (refusal !== null || by === null || subject === null)
    return refused(refusal ?? { code: 'not-an-operator' });
  const reason = checkReason(wanted.reason);
  if (!reason.ok) return refused({ code: 'reason-unfit' });
  const id = deps.ids.event();
  const event = {
    type: 'ErasureProposed',
    data: { subject, by },
    personal: { reason: reason.text },
  } as const;
  const due = [{ put: cardRow(id, deps.clock.now()) }];
  await record(deps, redactionStream(id), event, { expectedVersion: 0, due });
  const goes = await textsBeside(deps, subject);
  return { kind: 'proposed', erasure: id, goes, channel: placeOf(deps)?.key ?? null };
}

/** The work that shows a proposal in chat, and what became of it. */
const cardRow = (id: string, dueAt: number): DueRow => ({
  key: `erasure:${id}`,
  lane: 'chat',
  kind: 'erasure',
  stream: redactionStream(id),
  dueAt,
});

/** The audit channel, where a chat of ours reaches it. */
export function placeOf({ auditChannel, chats }: Deps): Channel | null {
  const channel = auditChannel();
  return chats.some((chat) => chat.platform === channel?.platform) ? channel : null;
}

/** At the command line, where there is no chat in which a second person could be told from the first. */
export async function agreeByOrder(
  deps: Deps,
  { as, erasure }: { readonly as: string; readonly erasure: string },
): Promise<Erased> {
  const place = placeOf(deps);
  if (place !== null) return refused({ code: 'agree-in-chat', channel: place.key });
  const by = await operatorOf(deps, as);
  return by === null ? refused({ code: 'not-an-operator' }) : agree(deps, by, true, erasure);
}

/** A second person agrees: what was proposed is done, once. Looked up anew when someone else was quicker. */
export async function agree(deps: Deps, by: Subject, isOperator: boolean, id: string): Promise<Erased> {
  if (deps.mode() !== 'full') return refused({ code: 'log-in-doubt' });
  const erasure = erasureOf(id, await deps.store.journal(redactionStream(id)));
  const at = deps.clock.now();
  const refusal = checkAgreement(erasure, {
    at,
    by,
    isOperator,
    proposerIsOperator: erasure !== null && (await isOperatorStill(deps, erasure.by)),
    open: erasure === null ? [] : await openRequestsOf(deps, erasure.subject),
  });
  if (refusal !== null || erasure === null) return refused(refusal ?? { code: 'no-such-erasure' });
  const result = await deps.store.redact({
    stream: redactionStream(id),
    expectedVersion: erasure.newest.version,
    at,
    choice: { cause: 'person', subject: erasure.subject },
    by: erasure.by,
    approvedBy: by,
    reason: null,
  });
  if (result.ok) {
    await deps.store.put([scrubRow(at)]);
    return { kind: 'erased', index: firstIndex(result.events), texts: result.targets.length };
  }
  if (result.reason === 'open-requests') return refused({ code: 'open-requests', requests: result.requests });
  return refused({ code: 'already-erased' });
}

async function isOperatorStill(deps: Deps, subject: Subject): Promise<boolean> {
  const person = await deps.store.personOf(subject);
  return person !== null && ((await deps.directory.person(person))?.operator ?? false);
}

const openRequestsOf = async (deps: Deps, requester: Subject): Promise<readonly RequestId[]> =>
  (await deps.store.requests({ requester, phases: LIVE, limit: LIMITS.listMax })).map(({ id }) => id);

/** What would go with a person: their own texts wherever they stand, and all that stands beside their requests. */
export async function textsBeside(deps: Deps, subject: Subject): Promise<ForgottenTexts> {
  const events: { readonly at: number; readonly stream: string; readonly texts: number }[] = [];
  const theirs = new Set<string>();
  for await (const { type, data, meta } of found(deps.store, { subject })) {
    if (type === 'RequestSubmitted' && data.requester === subject) theirs.add(meta.stream);
    if (theirs.has(meta.stream) || Object.keys(meta.sd).length === 0) continue;
    const beside = await deps.store.storedDisclosures(meta.index, meta.index + 1);
    const own = beside.filter((each) => each.subject === subject);
    events.push({ at: meta.at, stream: meta.stream, texts: own.length });
  }
  for (const stream of theirs) {
    const [first] = await deps.store.read(stream);
    const texts = (await deps.store.disclosures(stream)).length;
    if (first !== undefined) events.push({ at: first.meta.at, stream, texts });
  }
  const losing = events.filter(({ texts }) => texts > 0);
  return {
    texts: losing.reduce((sum, { texts }) => sum + texts, 0),
    requests: new Set(losing.map(({ stream }) => stream).filter((s) => s.startsWith('request/'))).size,
    since: losing.length === 0 ? null : Math.min(...losing.map(({ at }) => at)),
  };
}
