import type { RequestId } from '../../domain/values.ts';
import type { AnyRefusal, Reply } from '../../ports/intent.ts';
import type { Deps } from '../deps.ts';
import { recordReading } from './reading.ts';
import type { Caller } from '../who.ts';
import { currentState } from '../work.ts';

type Offered = Extract<Reply, { kind: 'evidence' }>;

/** A link to the evidence of a request, for auditors; that they read it is on record before there is one. */
export async function offerEvidence(
  deps: Deps,
  { person, subject }: Caller,
  request: RequestId,
): Promise<Offered | AnyRefusal> {
  const state = person.auditor ? await currentState(deps, request) : null;
  if (state === null) return { code: 'no-such-request' };
  const wanted = { as: person.key, role: 'auditor', what: 'evidence', query: {}, request } as const;
  const recorded = await recordReading(deps, wanted);
  if (recorded.kind === 'refused') return { code: 'no-such-request' };
  return { kind: 'evidence', request, ...deps.evidence.issue({ request, person: person.key, subject }) };
}
