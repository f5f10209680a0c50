import { evidenceOf } from './evidence/bundle.ts';
import { gatherEvidence } from './evidence/gather.ts';
import { zipOf } from './evidence/zip.ts';
import type { EvidenceOrder } from './ports/evidence.ts';
import type { EvidenceDoor } from './web/evidence.ts';
import type { Deps } from './workflows/deps.ts';
import { isInGoodStanding } from './workflows/facts.ts';
import { seal } from './workflows/log/seal.ts';

/** The archive's name without its ending, and that of the one folder in it. */
export const evidenceName = (request: string): string => `evidence-${request}`;

/** Makes what an auditor was promised, if they are one still; that they read it was put on record with the promise. */
export function evidenceMaker(
  deps: Deps,
  about: { readonly zone: string; readonly software: string },
): EvidenceDoor['make'] {
  const { clock, directory, signer, store } = deps;
  const signNow = async () => {
    const sealed = await seal(deps);
    if (sealed === null) throw new Error('a log without events has no head to sign');
    return sealed.head;
  };
  return async ({ request, person, subject }: EvidenceOrder) => {
    const known = await directory.person(person);
    if (!known?.auditor || !(await isInGoodStanding(deps, person))) return null;
    const source = await gatherEvidence(store, {
      ...about,
      request,
      reader: { subject, role: 'auditor' },
      at: clock.now(),
      signer,
      signNow: deps.mode() === 'full' ? signNow : null,
    });
    if (source === null) return null;
    const name = evidenceName(request);
    return { name: `${name}.zip`, bytes: zipOf(evidenceOf(source), name) };
  };
}
