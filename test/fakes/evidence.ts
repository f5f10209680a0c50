import type { EvidenceDoor } from '../../src/web/evidence.ts';

/** Nobody has a link, for tests about something else. */
export const noEvidence: EvidenceDoor = {
  desk: { isGood: () => false, take: () => null },
  make: async () => null,
};
